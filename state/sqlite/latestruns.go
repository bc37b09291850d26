package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// LatestRuns reads the newest run of each job in one question, by StartedAt; one
// that never ran has none. A job of several names may have one of each.
func (h *History) LatestRuns(ctx context.Context, jobs []catalog.AssetID) ([]catalog.Run, error) {
	var pks []int64
	for _, id := range jobs {
		pks = append(pks, pksOf(h.names.members(id))...)
	}
	if len(pks) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(pks)
	if err != nil {
		return nil, err
	}
	recs, err := h.runRecs(ctx, `SELECT `+runColumns+` FROM runs WHERE pk IN (
  SELECT (SELECT pk FROM runs WHERE job = j.value ORDER BY started DESC, run_id DESC LIMIT 1) FROM json_each(?) j)`, []any{string(list)})
	if err != nil {
		return nil, fmt.Errorf("read newest runs: %w", err)
	}
	return h.asRuns(ctx, recs)
}
