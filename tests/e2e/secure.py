"""dev/stack's secured broker, and what its users need to come in."""
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic
from harness import TOP


class Stack:
    """The one secured broker of this run."""

    def __init__(self, folder):
        self.folder = folder
        self.up()
        self.secure = Path(self.lines["VIGIE_SECURE"])

    def up(self):
        done = subprocess.run([TOP / "dev" / "stack", "up", "--secure", "--dir", self.folder],
                              text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        self.lines = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def down(self, *words):
        subprocess.run([TOP / "dev" / "stack", "down", "--dir", self.folder, *words], check=True)

    @property
    def brokers(self):
        return self.lines["VIGIE_BROKERS"]

    @property
    def mtls(self):
        return self.lines["VIGIE_BROKERS_MTLS"]

    def file(self, name):
        return str(self.secure / name)

    def password(self, user):
        return Path(self.file(f"{user}.password")).read_text().strip()

    def client(self, user):
        """Settings of librdkafka for `user`, by password."""
        return {"security.protocol": "SASL_SSL", "ssl.ca.location": self.file("ca.crt"),
                "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user,
                "sasl.password": self.password(user)}

    def by_password(self, user):
        """The same as options of vigie."""
        return {"kafka.security": "sasl_ssl", "kafka.ca_file": self.file("ca.crt"),
                "kafka.user": user, "kafka.password_file": self.file(f"{user}.password")}

    def by_certificate(self, user):
        return {"kafka.brokers": self.mtls, "kafka.security": "ssl",
                "kafka.ca_file": self.file("ca.crt"),
                "kafka.certificate_file": self.file(f"{user}.crt"),
                "kafka.key_file": self.file(f"{user}.key")}

    def set_password(self, user, password):
        """At the brokers alone, as kafka-configs.sh does."""
        lib = subprocess.run(
            ["bash", "-c", ". dev/lib/common.sh; echo $cache/kafka-3.9.1"], cwd=TOP, text=True,
            capture_output=True, check=True).stdout.strip()
        done = subprocess.run(
            ["java", "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp", f"{lib}/*",
             "kafka.admin.ConfigCommand", "--bootstrap-server", self.brokers,
             "--command-config", self.file("tools.properties"), "--alter",
             "--add-config", f"SCRAM-SHA-512=[password={password}]",
             "--entity-type", "users", "--entity-name", user],
            text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    def make_topics(self):
        """Two partitions for MA and IL each; the admin's right."""
        admin = AdminClient({"bootstrap.servers": self.brokers, **self.client("admin")})
        made = admin.create_topics([
            NewTopic(f"alerts.{p}", 2, 1, config={"message.timestamp.type": "LogAppendTime"})
            for p in ("ma", "il")])
        for future in made.values():
            future.result(30)
