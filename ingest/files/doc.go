// Package files reads events that producers write to a directory
// (OpenLineage's file transport): files that grow by an event at a time, and
// files of one event each.
//
// Authority: the cursor says how far each file was read. It is kept after the
// events are on disk in the journal, so a crash between the two reads some
// again, and an event that comes again changes nothing. A file is known by its
// inode and its first bytes: one that is renamed goes on, one that is truncated
// or replaced begins anew.
package files
