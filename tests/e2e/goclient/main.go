// goclient asks a Prometheus with its own Go library, and prints what it read
// as one JSON object: goclient URL TOKEN QUERY TIME
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	own.Header.Set("Authorization", "Bearer "+string(b))
	return api.DefaultRoundTripper.RoundTrip(own)
}

// must ends the program with what went wrong, or gives the answer.
func must[T any](what string, found T, err error) T {
	if err != nil {
		fmt.Fprintf(os.Stderr, "goclient: %s: %v\n", what, err)
		os.Exit(1)
	}
	return found
}

// asked is for the questions that may come with warnings: here none does.
func asked[T any](what string, found T, warnings v1.Warnings, err error) T {
	if len(warnings) > 0 {
		err = fmt.Errorf("warnings: %v", warnings)
	}
	return must(what, found, err)
}

func main() {
	url, token, query := os.Args[1], os.Args[2], os.Args[3]
	seconds, err := strconv.ParseInt(os.Args[4], 10, 64)
	at := time.Unix(must("time", seconds, err), 0)
	client, err := api.NewClient(api.Config{Address: url, RoundTripper: bearer(token)})
	prom := v1.NewAPI(must("client", client, err))
	ctx, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()

	found := map[string]any{}
	now, warnings, err := prom.Query(ctx, query, at)
	found["instant"] = asked("query", now, warnings, err)
	span := v1.Range{Start: at.Add(-10 * time.Minute), End: at, Step: time.Minute}
	matrix, warnings, err := prom.QueryRange(ctx, query, span)
	found["range"] = asked("query_range", matrix, warnings, err)
	scalar, warnings, err := prom.Query(ctx, "1 + 1", at)
	found["scalar"] = asked("scalar", scalar, warnings, err)
	names, warnings, err := prom.LabelNames(ctx, nil, at.Add(-time.Hour), at)
	found["labels"] = asked("labels", names, warnings, err)
	values, warnings, err := prom.LabelValues(ctx, "country", []string{"vigie_events_total"}, at.Add(-time.Hour), at)
	found["countries"] = asked("label values", values, warnings, err)
	series, warnings, err := prom.Series(ctx, []string{`vigie_events_total{country!=""}`}, at.Add(-time.Hour), at)
	found["series"] = asked("series", series, warnings, err)
	metadata, err := prom.Metadata(ctx, "", "")
	found["metadata"] = must("metadata", metadata, err)
	build, err := prom.Buildinfo(ctx)
	found["version"] = must("buildinfo", build, err).Version
	rules, err := prom.Rules(ctx)
	found["rules"] = must("rules", rules, err)
	alerts, err := prom.Alerts(ctx)
	found["alerts"] = must("alerts", alerts, err)

	var refused *v1.Error
	_, _, err = prom.Query(ctx, "histogram_quantile(0.9, vigie_events_total)", at)
	if !errors.As(err, &refused) {
		err = fmt.Errorf("no refusal but %v", err)
		_ = must("bad query", 0, err)
	}
	found["refused"] = map[string]string{"type": string(refused.Type), "msg": refused.Msg}
	_ = must("json", 0, json.NewEncoder(os.Stdout).Encode(found))
}
