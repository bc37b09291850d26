package model

import "sync"

// keptAnswer bounds the memory of an answer that is used again, in bytes: a rare
// large one is not kept.
const keptAnswer = 1 << 20

// answers are the memory of answers that were sent.
var answers sync.Pool

// Room is memory to write an answer to. What is used again is large enough for
// answers like the last ones, and need not grow from nothing.
func Room() []byte {
	if kept, ok := answers.Get().(*[]byte); ok {
		return (*kept)[:0]
	}
	return nil
}

// Sent gives back the memory of an answer that nobody reads any more.
func Sent(data []byte) {
	if cap(data) > 0 && cap(data) <= keptAnswer {
		answers.Put(&data)
	}
}
