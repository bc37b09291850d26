// Package propose turns what other tools say about their data (data contracts,
// hints in a dbt project) into proposed policies: text with a line that says
// where it came from. Nothing acts by a proposal; a person reads it, changes it
// and commits it as a policy. A proposal never replaces a policy.
package propose
