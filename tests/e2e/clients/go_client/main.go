// Uses an MCP server with the official Go SDK and prints what it saw as JSON. Arguments: a URL, or a command. The
// environment variable PROTOCOL_VERSION may name the revision to speak.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var transport mcp.Transport = &mcp.CommandTransport{Command: exec.Command(os.Args[1], os.Args[2:]...)}
	if strings.HasPrefix(os.Args[1], "http") {
		transport = &mcp.StreamableClientTransport{Endpoint: os.Args[1]}
	}
	changed := make(chan bool, 100)
	progress := []float64{}
	client := mcp.NewClient(&mcp.Implementation{Name: "go-client", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { changed <- true },
		ProgressNotificationHandler: func(_ context.Context, request *mcp.ProgressNotificationClientRequest) {
			progress = append(progress, request.Params.Progress)
		},
	})
	options := &mcp.ClientSessionOptions{ProtocolVersion: os.Getenv("PROTOCOL_VERSION")}
	session := must(client.Connect(ctx, transport, options))
	call := func(name string, arguments map[string]any) string {
		params := &mcp.CallToolParams{Name: name, Arguments: arguments}
		if name == "two__count" {
			params.SetProgressToken("count")
		}
		return must(session.CallTool(ctx, params)).Content[0].(*mcp.TextContent).Text
	}
	read := func(uri string) string {
		return must(session.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri})).Contents[0].Text
	}
	seen := map[string]any{}
	tools, prompts, resources, templates := []string{}, []string{}, []string{}, []string{}
	for _, tool := range must(session.ListTools(ctx, nil)).Tools {
		tools = append(tools, tool.Name)
	}
	for _, prompt := range must(session.ListPrompts(ctx, nil)).Prompts {
		prompts = append(prompts, prompt.Name)
	}
	for _, resource := range must(session.ListResources(ctx, nil)).Resources {
		resources = append(resources, resource.URI)
	}
	for _, template := range must(session.ListResourceTemplates(ctx, nil)).ResourceTemplates {
		templates = append(templates, template.URITemplate)
	}
	seen["tools"], seen["prompts"], seen["resources"], seen["templates"] = tools, prompts, resources, templates
	seen["who"] = call("two__who", nil)
	seen["counted"] = call("two__count", map[string]any{"to": 3})
	seen["asked"] = call("one__ask", nil)
	greeting := must(session.GetPrompt(ctx, &mcp.GetPromptParams{Name: "one__greet", Arguments: map[string]string{"person": "Bob"}}))
	seen["prompt"] = greeting.Messages[0].Content.(*mcp.TextContent).Text
	seen["motto"] = read("convoke://two/shared://motto")
	seen["item"] = read("one://items/x")
	seen["completion"] = must(session.Complete(ctx, &mcp.CompleteParams{
		Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: "one__greet"},
		Argument: mcp.CompleteParamsArgument{Name: "person", Value: "A"},
	})).Completion.Values
	seen["progress"] = progress

	short, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	session.CallTool(short, &mcp.CallToolParams{Name: "two__hang"})
	stop()
	seen["cancelled"] = call("two__cancelled", nil)
	call("two__die", nil)
	<-changed
	session.Close()
	fmt.Println(string(must(json.Marshal(seen))))
}
