package policiestest_test

import (
	"testing"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

func TestLedger(t *testing.T) {
	policiestest.TestLedger(t, func(*testing.T) (policies.Ledger, func() policies.Ledger) { return policiestest.NewLedger(), nil })
}
