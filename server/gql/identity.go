package gql

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/server/gql/model"
)

// Conflicts lists names that two primaries claim, by name.
func (q query) Conflicts(ctx context.Context, first *int, after *string) (*model.NameConflictConnection, error) {
	all, err := q.History.Conflicts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read conflicts: %w", err)
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.NameConflictConnection{TotalCount: &total}
	for i, x := range page {
		c.Edges = append(c.Edges, model.NameConflictEdge{Node: &model.NameConflict{C: x}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// Suggestions lists assets that are probably the same.
func (q query) Suggestions(ctx context.Context, first *int, after *string) (*model.SuggestionConnection, error) {
	all, complete, err := q.History.Suggestions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read suggestions: %w", err)
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.SuggestionConnection{TotalCount: &total, Complete: complete}
	for i, x := range page {
		c.Edges = append(c.Edges, model.SuggestionEdge{Node: &model.Suggestion{S: x}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}
