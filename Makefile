# make alone prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
# The binary is static; only the race detector needs a C compiler.
export CGO_ENABLED ?= 0

.PHONY: help deps build run demo test test-unit test-race test-neo4j test-neo4j-newest test-sagemaker test-clients ui ui-test ui-pictures e2e producers bench bench-ui bench-peer company lint generate verify nightly clean

help: ## Print this help
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{sub(/:.*/, "", $$1); printf "  %-17s %s\n", $$1, $$2}'

deps: ## Install what the tests need: Neo4j, PostgreSQL, Airflow, dbt, moto, Chromium, web packages
	scripts/deps.sh

# A first build compiles everything: the compiler collects less garbage and
# writes no debug data, which -s -w would throw away.
build: ## Build ./bin/weir, static, with the web UI inside
	GOGC=$${GOGC:-400} go build -trimpath -gcflags=all=-dwarf=false -ldflags '$(LDFLAGS)' -o bin/weir ./cmd/weir

run: build ## Run weir on ./weir-data
	./bin/weir serve

demo: build ## Build and run the demo: one process, offline
	./bin/weir demo

test: deps lint verify build test-race test-neo4j test-sagemaker test-clients ui-test e2e ## Everything that CI runs

test-unit: ## All Go tests that need no other server
	scripts/test-go.sh ./...

# SQLite itself is C, translated: its memory is mapped beside Go's heap, where the
# detector looks at nothing, so its accesses are not reported to it (those to its
# globals neither); half of the time went there. Its driver and all that calls it are watched. The models of
# internal/stack try some random cases here (raceChecks), in test-neo4j all. The
# longest come first, so that none is left alone at the end.
test-race: ## The same, with the race detector (needs a C compiler)
	CGO_ENABLED=1 scripts/test-go.sh -race -gcflags=modernc.org/sqlite/lib=-race=false -timeout 20m ./internal/stack ./state/sqlite ./cmd/weir ./server/gql ./...

# One package after the other: they share the server's only database. The test of
# cmd/weir kills servers, so it starts its own.
test-neo4j: ## The store suites on a real, throw-away Neo4j, and a weir whose Neo4j is killed and wiped
	scripts/neo4j.sh run - -- scripts/test-go.sh -p 1 -tags neo4j -timeout 15m ./graph/neo4j ./internal/stack
	scripts/test-go.sh -tags neo4j -timeout 15m -run Neo4j ./cmd/weir

# The newest release that resolves; a JDK 25 is needed, and its absence a failure.
test-neo4j-newest: ## The same on the newest Neo4j, as make nightly does
	NEO4J_VERSION=$${NEO4J_NEWEST:-2026.09.0} scripts/neo4j.sh run - -- scripts/test-go.sh -p 1 -tags neo4j -timeout 30m ./graph/neo4j ./internal/stack
	NEO4J_VERSION=$${NEO4J_NEWEST:-2026.09.0} scripts/test-go.sh -tags neo4j -timeout 15m -run Neo4j ./cmd/weir

test-sagemaker: ## The SageMaker fake and connector, judged by the vendor's service model and beside a moto server
	scripts/deps.sh moto
	WEIR_SAGEMAKER_MODEL=$$(scripts/moto.sh model) WEIR_MOTO_SERVER=$$(scripts/moto.sh server) \
		scripts/test-go.sh -tags botocore,moto ./connectors/sagemaker ./connectors/connectortest/...

# Clients wait for most of the time: all run side by side.
test-clients: build ## The official OpenLineage clients against a real weir, through a bad network
	scripts/clients.sh run scripts/test-go.sh -tags clients -parallel 8 -timeout 10m ./test/clients

ui: ## Build the web app into ui/dist, which the binary embeds
	scripts/deps.sh ui
	cd ui && npm run build

# The story is told in its own time, which is mostly waited for: the screens are
# looked at meanwhile.
ui-test: build ## The web app's tests, in a real Chromium against the demo
	scripts/deps.sh ui chromium
	cd ui && npm test

ui-pictures: build ## Take the pictures of docs/ui anew, of the demo's bad morning
	scripts/deps.sh ui chromium
	cd ui && node e2e/pictures.mjs

e2e: build ## The whole loop on real Airflow, dbt and PostgreSQL, on both stores
	scripts/deps.sh system neo4j postgres airflow dbt
	scripts/neo4j.sh run - -- scripts/test-go.sh -tags e2e -timeout 30m ./test/e2e ./test/dbt

producers: build ## Airflow, dbt in both modes, Spark and Great Expectations: one graph, with pictures in test/e2e/out
	scripts/deps.sh system postgres airflow dbt spark ge chromium ui
	go test -count=1 -v -tags e2e,producers -timeout 20m -run TestProducers ./test/e2e

bench: ## Print the benchmark table
	scripts/neo4j.sh run - -- go run ./bench $(ARGS)

bench-ui: build ## Print how fast the pages are, in a real Chromium, with 100,000 assets
	scripts/deps.sh ui chromium
	cd ui && node scripts/budget.mjs && node e2e/bench.mjs

bench-peer: ## Send the same load to any OpenLineage receiver: make bench-peer URL=http://127.0.0.1:8080
	go run ./bench/peer -url '$(URL)' $(ARGS)

# Every build tag: code behind one is linted too.
TAGS := neo4j,e2e,producers,clients,botocore,moto

company: ## Play 30 days of a made-up company with cron and with weir, and print the table
	go run ./bench/company $(ARGS)

lint: ## gofmt, go vet and staticcheck, pinned in go.mod
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "lint: run gofmt on" $$unformatted; exit 1; }
	go vet -tags $(TAGS) ./...
	go tool staticcheck -tags $(TAGS) ./...

generate: ## Write generated code
	go generate ./server/gql

verify: generate ui ## Fail when generated code or the built web app is not fresh
	@git diff --stat -- server/gql/gen ui/dist
	@test -z "$$(git status --porcelain -- server/gql/gen ui/dist)" || { echo 'verify: commit what make generate and make ui wrote'; exit 1; }

nightly: ## The long form: fuzzing, many random cases, e2e three times, benchmarks
	scripts/fuzz.sh 60s
	RAPID_CHECKS=1000 go test -timeout 90m ./...
	WEIR_TEST_KILLS=200 go test -count=1 -timeout 60m ./cmd/weir -run KillLoop -v
	go test -timeout 120m ./internal/stack -run Corpus -corpus.permutations=1000
	scripts/neo4j.sh run - -- go test -timeout 60m -tags neo4j ./internal/stack -run BothStores -corpus.permutations=1000
	$(MAKE) test-neo4j-newest
	for i in 1 2 3; do WEIR_E2E_REPEAT=20 $(MAKE) e2e || exit 1; done
	$(MAKE) producers
	$(MAKE) bench

clean: ## Remove what was built and downloaded
	rm -rf bin .cache bench/out test/e2e/out
