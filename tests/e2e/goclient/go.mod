module vigie/tests/e2e/goclient

go 1.19

require github.com/prometheus/client_golang v1.17.0

require (
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	github.com/prometheus/common v0.44.0 // indirect
)
