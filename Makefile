# make alone prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
export CGO_ENABLED ?= 0

.PHONY: help build run demo test test-unit test-race test-neo4j e2e bench lint generate verify ui ui-test nightly clean

help: ## Print this help
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

build: ## Build ./bin/weir, static, with the web UI inside
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/weir ./cmd/weir

run: build ## Run weir on ./weir-data
	./bin/weir serve

demo: build ## Build and run the demo: one process, offline
	./bin/weir demo

test: lint test-race test-neo4j ## Everything that CI runs

test-unit: ## All Go tests that need no other server
	scripts/test-go.sh ./...

test-race: ## The same, with the race detector (needs a C compiler)
	CGO_ENABLED=1 scripts/test-go.sh -race -timeout 15m ./...

test-neo4j: ## The store suites on a real, throw-away Neo4j
	scripts/neo4j.sh run - -- scripts/test-go.sh -tags neo4j -timeout 15m ./graph/...

bench: ## Print the benchmark table
	go run ./bench

lint: ## go vet and staticcheck, pinned in go.mod
	go vet ./...
	go tool staticcheck ./...

generate: ## Write generated code
	cd server/gql && go tool gqlgen generate --config gqlgen.yml

verify: generate ## Fail when generated code is not fresh
	git diff --exit-code -- server/gql/gen

clean: ## Remove what was built
	rm -rf bin .cache bench/out
