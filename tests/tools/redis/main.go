// Command redis is the cache of the local hub's Argo CD: a Redis server in memory, from the Go module proxy like every
// other tool, so that nobody has to install one.
//
//	redis ADDRESS
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: redis ADDRESS, such as 127.0.0.1:6379")
		os.Exit(2)
	}
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// In miniredis time stands still: without this no key would expire, and Argo CD would never see a new commit.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}
