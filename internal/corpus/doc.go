// Package corpus reads OpenLineage events that other projects published, for
// tests. The events lie outside this project, in the folder that WEIR_CORPUS
// names; a test that wants them registers itself only when it is set.
//
// Some projects publish what they expect of an event instead of the event:
// "{{ is_uuid(result) }}" or "${json-unit.any-string}" stands where a value
// differs from run to run. Such templates are hydrated: each job of a scenario
// gets one run id, times rise, and parents are linked again by job name.
package corpus
