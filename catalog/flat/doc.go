// Package flat keeps millions of small values for as long as the process lives
// and costs the garbage collector nothing: they lie in few large pieces of memory
// that hold no pointers, so it does not look into them. A map of pointers to
// structs with strings would be walked whole at every collection.
//
// Values are named by numbers, which take half the room of a pointer. They begin
// with 1: 0 says that there is none. What is added stays, and stays where it is.
// Nothing here is safe for concurrent writes; readers may read what a lock
// showed them.
package flat
