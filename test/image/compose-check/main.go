// Reads compose.yaml as Docker Compose does, by its own library: schema, interpolation, profiles, consistency.
//
//	compose-check COMPOSE_FILE [PROFILE ...] <ENVIRONMENT
//
// The environment comes as NAME=VALUE lines on stdin; nothing of the caller's own is used. Prints the project as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := check(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(file string, profiles []string) error {
	var environment []string
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		environment = append(environment, lines.Text())
	}
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environment), cli.WithProfiles(profiles))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	// Compose warns of a name that is empty or unknown to it, and goes on; here it is a mistake.
	return json.NewEncoder(os.Stdout).Encode(project)
}
