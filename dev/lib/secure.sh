# A broker with TLS, users and access rules, for dev/stack --secure; sourced.
# Everything secret is made anew in DIR/secure, for its owner alone to read:
#   ca.crt ca.key           a private authority
#   USER.crt USER.key       a certificate, CN=USER, for the MTLS listener
#   USER.password           a SCRAM-SHA-512 password
#   USER.yaml               what `vigie publish -c` and dev/stack's tools read
#   USER.properties         the same for Kafka's own tools and kcat -F
partners=(ma il ae us bh)

# certificate DIR USER [EXTENSION]: a key, and a certificate that the CA signs.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$1/$2.key" -out "$1/$2.csr" 2>/dev/null
    openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial \
        -days 30 -extfile <(echo "${3:-}") -out "$1/$2.crt" 2>/dev/null
    rm "$1/$2.csr"
}

# make_secrets DIR PORT: the authority, and what each user needs.
make_secrets() {
    local user at=$1/secure
    mkdir -p "$at"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -subj "/CN=vigie test CA" -keyout "$at/ca.key" -out "$at/ca.crt" 2>/dev/null
    for user in broker admin vigie "${partners[@]}"; do
        openssl rand -hex 16 >"$at/$user.password"
        certificate "$at" "$user" "$([ "$user" = broker ] && echo "subjectAltName=IP:127.0.0.1,DNS:localhost")"
        cat >"$at/$user.properties" <<END
bootstrap.servers=127.0.0.1:$2
security.protocol=SASL_SSL
ssl.ca.location=$at/ca.crt
sasl.mechanism=SCRAM-SHA-512
sasl.username=$user
sasl.password=$(cat "$at/$user.password")
END
        cat >"$at/$user.yaml" <<END
kafka:
  brokers: "127.0.0.1:$2"
  security: sasl_ssl
  ca_file: ca.crt
  user: $user
  password_file: $user.password
END
    done
    cat "$at/broker.key" "$at/broker.crt" "$at/ca.crt" >"$at/broker.pem"
    cat >"$at/tools.properties" <<END
security.protocol=SASL_SSL
ssl.truststore.type=PEM
ssl.truststore.location=$at/ca.crt
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="$(cat "$at/admin.password")";
END
}

# scram_words DIR: what StorageTool wants to know of the users. It takes the
# passwords on its command line, where others on the machine see them for a
# moment: these are for trying out.
scram_words() {
    local user
    for user in broker admin vigie "${partners[@]}"; do
        printf '%s\n' --add-scram "SCRAM-SHA-512=[name=$user,password=$(cat "$1/secure/$user.password")]"
    done
}

# access_rules DIR PORT: a partner writes its own topic and reads nothing; vigie
# reads every alerts.* in its group, and writes and makes dead-letter topics.
access_rules() {
    local partner
    acl() {
        java -Xmx96m -XX:TieredStopAtLevel=1 "${java_opts[@]}" kafka.admin.AclCommand \
            --bootstrap-server "127.0.0.1:$2" --command-config "$1/secure/tools.properties" \
            --add "${@:3}" >>"$1/acl.log" 2>&1 || { cat "$1/acl.log" >&2; die "access rules were refused"; }
    }
    for partner in "${partners[@]}"; do
        acl "$1" "$2" --allow-principal "User:$partner" --operation Write --operation Describe \
            --topic "alerts.$partner"
    done
    acl "$1" "$2" --allow-principal User:vigie --operation Read --operation Describe \
        --operation DescribeConfigs --topic alerts. --resource-pattern-type prefixed
    acl "$1" "$2" --allow-principal User:vigie --operation Read --group vigie \
        --resource-pattern-type prefixed
    acl "$1" "$2" --allow-principal User:vigie --operation Write --operation Create \
        --topic alerts.dead. --resource-pattern-type prefixed
}
