package connectors

import "github.com/google/uuid"

// runSpace is the fixed UUID space of weir's own run ids.
var runSpace = uuid.MustParse("6f1d6c1e-7d0f-5b0a-9c56-2d1c7a4b9e10")

// ParentRunID is the id of weir's own run for an action key (UUIDv5): the
// OpenLineage parent of whatever the tool starts. It is computed, so a lost
// ledger would find the same one.
func ParentRunID(key string) string {
	return uuid.NewSHA1(runSpace, []byte("action:"+key)).String()
}

// ObservedRunID is the run id weir gives to a run of a tool that has none of
// its own (SageMaker): a function of instance, the tool's id and the attempt.
func ObservedRunID(instance, externalID, attempt string) string {
	return uuid.NewSHA1(runSpace, []byte("observed:"+instance+"\x00"+externalID+"\x00"+attempt)).String()
}
