// Package messenger tells people: it hands notices to Slack, PagerDuty and
// webhooks in their own wire formats.
//
// It decides nothing. Which notices there are, and when one is tried again, is
// the business of policies/notify. A notice keeps its id over all attempts, so
// that a receiver can drop the second of two.
package messenger
