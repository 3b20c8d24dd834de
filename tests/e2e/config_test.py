"""config.yaml and servers_config.json, as docs/configuration.md describes them."""
import json

from harness.case import SOURCE, EndToEnd
from harness.program import BINARIES, Program

# A file as people have it, with every key of the program Convoke takes over from.
COMPLETE = """
llm:
  active: groq
  providers:
    openai:
      base_url: https://api.openai.com/v1
      model: gpt-4o-mini
      temperature: 0.7
      max_tokens: 4096
      top_p: 1.0
      api_key: env:OPENAI_API_KEY
    groq:
      base_url: https://api.groq.com/openai/v1
      model: llama-3.3-70b-versatile
      temperature: 0.7
      max_tokens: 4096
      top_p: 1.0
      api_key: ${GROQ_API_KEY}
      http_client:
        max_connections: 50
        max_keepalive: 20
        keepalive_expiry: 30.0
        connect_timeout: 10.0
        read_timeout: 120.0
        write_timeout: 10.0
        pool_timeout: 30.0
        requests_per_minute: 60
        concurrent_requests: 10
        max_retries: 3
        backoff_factor: 1.0
chat:
  service:
    system_prompt: |
      You are a helpful assistant with access to tools.
    max_tool_hops: 8
    streaming:
      enabled: true
    context:
      max_tokens: 4000
      reserve_tokens: 500
      preserve_recent: 5
    repository:
      type: sqlite
      path: events.db
      persistence:
        enabled: true
        retention_policy: token_limit
        max_tokens_per_conversation: 8000
        max_messages_per_conversation: 100
        retention_days: 30
        clear_on_startup: false
    tool_notifications:
      enabled: true
      show_args: true
  websocket:
    host: localhost
    port: 8000
    endpoint: /ws/chat
    allow_origins: ["*"]
    max_message_size: 16777216
    ping_interval: 20
    ping_timeout: 20
    concurrency:
      max_connections: 1000
logging:
  level: INFO
  format: json
mcp:
  config_file: servers_config.json
  connection:
    max_reconnect_attempts: 5
    initial_reconnect_delay: 1.0
    max_reconnect_delay: 30.0
    connection_timeout: 30.0
    ping_timeout: 10.0
"""

SERVERS = """{
  "mcpServers": {
    // comments are allowed
    "demo": {"command": "uvx", "args": ["mcp-server-demo"], "env": {"KEY": "${DEMO_KEY:-none}"}, "disabled": true},
    "files": {"command": ["npx", "-y", "server-filesystem"], "cwd": ".", "timeout": 30, "enabled": false},
    "remote": {"type": "streamable-http", "url": "https://mcp.example.org/mcp", "headers": {"A": "b"}, "enabled": false},
  },
}
"""


class Configuration(EndToEnd):
    async def validate(self, yaml: str, *arguments: str, **environment: str) -> Program:
        (self.folder / "config.yaml").write_text(yaml)
        return await self.run_convoke("serve", "--validate-only", *arguments, **environment)

    async def test_a_complete_file_as_people_have_it_is_fine(self):
        (self.folder / "servers_config.json").write_text(SERVERS)

        program = await self.validate(COMPLETE, GROQ_API_KEY="gsk-1")

        self.assertEqual(program.process.returncode, 0)
        self.assertEqual(program.stdout, ["The configuration is fine."])
        for line in program.stderr:  # of settings that are known and do nothing yet
            self.assertRegex(line, "^warning: .*has no effect in this version$")

    async def test_the_examples_are_fine(self):
        examples = SOURCE / "examples"

        program = await self.run_convoke(
            "serve", "--validate-only", "--config", str(examples / "config.yaml"),
            MCP_SERVERS_CONFIG_PATH=str(examples / "servers_config.json"), GROQ_API_KEY="gsk-1", TICKETS_TOKEN="t",
        )  # fmt: skip

        self.assertEqual((program.process.returncode, program.stderr), (0, []))

    async def test_no_file_at_all_is_fine(self):
        program = await self.run_convoke("serve", "--validate-only")

        self.assertEqual((program.process.returncode, program.stderr), (0, []))

    async def test_checking_starts_nothing_and_writes_nothing(self):
        program = await self.validate("logging: {level: debug}")

        self.assertEqual(program.process.returncode, 0)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["config.yaml"])

    async def test_a_folder_is_no_configuration(self):
        for arguments in (("serve", "-c", "."), ("serve", "--validate-only", "-c", ".")):
            program = await self.run_convoke(*arguments)

            self.assertEqual(program.process.returncode, 2)
            self.assertIn("error: .: it is a folder, not a file", program.stderr)

    async def test_clients_find_the_server_of_the_configuration(self):
        server = await self.serve({"chat.websocket.endpoint": "/talk", "server.auth.tokens": ["t0ken"]}, servers={})
        address = server.url.split("//")[1].split("/")[0]
        self.write_config({"chat.websocket.endpoint": "/talk", "server.auth.tokens": ["t0ken"],
                           "chat.websocket.port": int(address.split(":")[1])})  # fmt: skip

        for where in ((), ("--url", f"http://{address}", "--token", "t0ken"), ("-u", address, "--token", "t0ken")):
            found = await self.run_convoke("search", "anything", *where)
            self.assertEqual((found.process.returncode, found.stderr), (0, []))
        without = await self.run_convoke("search", "anything", "-u", f"http://{address}")
        self.assertEqual(without.process.returncode, 1, "a token of the configuration is for its own server")

    async def test_a_client_without_a_server_says_how_to_start_one(self):
        refused = await self.run_convoke("search", "anything", "-u", "http://127.0.0.1:1")

        self.assertEqual(refused.process.returncode, 1)
        self.assertIn("`convoke serve` starts it", refused.stderr[0])

    async def test_a_command_that_is_not_there_is_told_with_those_that_are(self):
        for arguments, known in ((["nonsense"], "serve"), (["mcp", "nonsense"], "list")):
            program = await self.run_convoke(*arguments)

            self.assertEqual(program.process.returncode, 2)
            self.assertRegex(program.stderr[0], f"unknown subcommand nonsense; there are: .*{known}")

    async def test_help_names_every_key_and_each_command_is_told_of_once(self):
        whole = "\n".join((await self.run_convoke("--help")).stdout)
        command = "\n".join((await self.run_convoke("serve", "--help")).stdout)

        self.assertIn("ANTHROPIC_API_KEY", whole)
        self.assertNotIn("A first conversation", command)

    async def test_what_is_left_out_is_logged_once_whatever_the_loops(self):
        server = await self.serve({"server.threads": 3, "llm.providers.mine.model": "m", "llm.fallbacks": ["mine"]}, servers={})

        self.assertEqual(len(server.log("provider.left_out", provider="mine")), 1)
        self.assertEqual(len(server.log("fallback.left_out", fallback="mine")), 1)

    async def test_two_fake_models_do_not_share_a_port(self):
        first = await self.fake_llm()

        second = self.keep(await Program.start(BINARIES / "convoke-fakellm", "--port", str(first.port), cwd=self.folder))

        self.assertEqual(await second.ended(), 1)
        self.assertIn("Address already in use", second.stderr[0])

    async def test_all_problems_of_both_files_are_told_at_once_with_line_and_key(self):
        (self.folder / "servers_config.json").write_text('{"mcpServers": {\n  "files": {"args": "x"}\n}}')

        program = await self.validate(
            "chat:\n  service:\n    max_tool_hops: none\n  websocket:\n    port: 99999\nlogging:\n  level: loud\n"
        )

        self.assertEqual(program.process.returncode, 2)
        self.assertEqual(program.stdout, [])
        told = "\n".join(program.stderr)
        for line, key in (3, "chat.service.max_tool_hops"), (5, "chat.websocket.port"), (7, "logging.level"):
            self.assertRegex(told, rf"config\.yaml:{line}: {key} ")
        self.assertRegex(told, r"servers_config\.json:\d+: .*files")
        self.assertRegex(program.stderr[-1], r"^convoke: \d+ problems in the configuration$")

    async def test_a_server_with_a_bad_configuration_does_not_start(self):
        (self.folder / "config.yaml").write_text("chat: {websocket: {port: here}}")

        program = await self.run_convoke("serve")

        self.assertEqual(program.process.returncode, 2)
        self.assertFalse((self.folder / "events.db").exists())

    async def test_a_misspelt_key_is_a_warning_that_names_the_right_one(self):
        program = await self.validate("chat:\n  websocket:\n    prot: 9000\n")

        self.assertEqual(program.process.returncode, 0)
        (warning,) = program.stderr
        self.assertRegex(warning, r"^warning: config\.yaml:3: chat\.websocket\.prot.*chat\.websocket\.port")

    async def test_a_file_that_was_named_must_exist(self):
        program = await self.run_convoke("serve", "--validate-only", "--config", "missing.yaml")

        self.assertEqual(program.process.returncode, 2)
        self.assertIn("missing.yaml", program.stderr[0])

    async def test_both_files_can_be_named_by_the_environment(self):
        (self.folder / "my.yaml").write_text("chat: {websocket: {port: here}}")
        (self.folder / "my.json").write_text('{"mcpServers": {"x": {}}}')

        program = await self.run_convoke(
            "serve", "--validate-only", MCP_CONFIG_PATH="my.yaml", MCP_SERVERS_CONFIG_PATH="my.json"
        )

        self.assertEqual(program.process.returncode, 2)
        self.assertIn("my.yaml", program.stderr[0])
        self.assertIn("my.json", program.stderr[1])

    async def test_variables_are_filled_in_anywhere(self):
        server = await self.serve(
            {"chat.service.repository.path": "${NAME:-other}.db", "chat.websocket.endpoint": "env:ENDPOINT"},
            NAME="mine",
            ENDPOINT="/talk",
        )

        self.assertTrue((self.folder / "mine.db").exists())
        self.assertEqual((await server.get("/talk")).status, 426)

    async def test_a_variable_that_is_not_set_is_named(self):
        program = await self.validate("chat: {service: {system_prompt: 'env:NO_SUCH_PROMPT'}}")

        self.assertEqual(program.process.returncode, 2)
        self.assertIn("NO_SUCH_PROMPT", program.stderr[0])

    async def test_the_key_of_the_active_provider_must_be_there_and_that_of_others_need_not(self):
        (self.folder / "servers_config.json").write_text(SERVERS)

        missing = await self.validate(COMPLETE)
        present = await self.validate(COMPLETE.replace("active: groq", "active: demo"))

        self.assertEqual(missing.process.returncode, 2)
        self.assertRegex("\n".join(missing.stderr), "error: config.yaml:18: .*GROQ_API_KEY")
        self.assertEqual(present.process.returncode, 0)

    async def test_a_provider_without_its_key_is_told_where_to_put_it(self):
        program = await self.validate("llm: {active: openai}")

        self.assertEqual(program.process.returncode, 2)
        self.assertIn("OPENAI_API_KEY", "\n".join(program.stderr))

    async def test_a_key_in_the_environment_chooses_the_provider(self):
        program = await self.start_convoke("serve", "--port", "0", GROQ_API_KEY="gsk-1")
        await program.ready()

        self.assertEqual(program.log("listening")[0]["provider"], "groq")

    async def test_an_address_that_others_can_reach_needs_a_token(self):
        open_to_all = await self.run_convoke("serve", "--host", "0.0.0.0", "--validate-only")
        guarded = await self.validate("server: {auth: {tokens: [a-long-token]}}", "--host", "0.0.0.0")

        self.assertEqual(open_to_all.process.returncode, 2)
        self.assertIn("server.auth.tokens", open_to_all.stderr[0])
        self.assertEqual(guarded.process.returncode, 0)

    async def test_what_the_command_line_says_wins(self):
        (self.folder / "config.yaml").write_text("chat: {websocket: {port: 1}}")

        server = await (await self.start_convoke("serve", "--port", "0")).ready()

        self.assertGreater(server.port, 1)

    async def test_a_port_that_is_taken_is_said_to_be_taken(self):
        model = await self.fake_llm()
        server = await self.serve()
        self.write_config({"chat.service.repository.type": "memory"})

        for taken in model.port, server.port:
            with self.subTest(taken=taken):
                program = await self.run_convoke("serve", "--port", str(taken))
                self.assertEqual(program.process.returncode, 1)
                self.assertIn(str(taken), program.stderr[-1])

    async def test_the_log_can_be_text_for_people(self):
        (self.folder / "config.yaml").write_text("logging: {format: text}")

        program = await self.start_convoke("serve", "--port", "0")

        line = await program.stderr_line()
        self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3} info +listening host=\"localhost\" port=\d+")
        self.assertEqual(await program.terminate(), 0)

    async def test_every_setting_of_the_documentation_is_known(self):
        keys = [
            line.split("`")[1].replace("<name>", "groq")
            for line in (SOURCE / "docs/configuration.md").read_text().splitlines()
            if line.startswith("| `") and "." in line.split("`")[1] and not line.split("`")[1].startswith(("$", "env"))
        ]
        settings = {key: None for key in keys if key != "config.yaml" and not key.endswith(".json")}
        self.write_config(settings)

        program = await self.run_convoke("serve", "--validate-only", GROQ_API_KEY="gsk-1")

        self.assertGreater(len(settings), 50)
        self.assertEqual((program.process.returncode, program.stderr), (0, []))


class CommandLine(EndToEnd):
    async def test_wrong_usage_ends_with_two_and_says_why(self):
        for arguments in [], ["dance"], ["serve", "--port", "many"], ["serve", "--no-such-option"]:
            with self.subTest(arguments=arguments):
                program = await self.run_convoke(*arguments)
                self.assertEqual(program.process.returncode, 2)
                self.assertEqual(program.stdout, [])
                self.assertTrue(program.stderr)

    async def test_help_and_version_go_to_standard_output(self):
        for arguments in ["--help"], ["serve", "--help"], ["chat", "--help"], ["--version"]:
            with self.subTest(arguments=arguments):
                program = await self.run_convoke(*arguments)
                self.assertEqual((program.process.returncode, program.stderr), (0, []))
                self.assertTrue(program.stdout)

    async def test_a_server_writes_nothing_to_standard_output_and_only_json_lines_to_its_log(self):
        server = await self.serve()
        await (await self.connect(server)).ask("hello")
        await server.terminate()

        self.assertEqual(server.stdout, [])
        for line in server.stderr:
            self.assertLessEqual({"time", "level", "event"}, json.loads(line).keys())
