using JitProxy.Server.Cli;
using JitProxy.Server.Tests.Admin;
using JitProxy.Server.Tests.Configuration;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Cli;

/// <summary>Exit codes and words for what goes wrong before a proxy is reached.</summary>
public sealed class UsageTests
{
    [TestCase("", 2, "Required command was not provided")]
    [TestCase("nonsense", 2, "\"nonsense\" is not known here")]
    [TestCase("grants --nonsense", 2, "\"--nonsense\" is not known here")]
    [TestCase("approve", 2, "Required argument missing")]
    [TestCase("approve x", 2, "\"x\" is not a positive number")]
    [TestCase("approve 0", 2, "\"0\" is not a positive number")]
    [TestCase("approve 1 --expires 4", 2, "\"4\" is not a duration")]
    [TestCase("reject 1", 2, "Option '--comment' is required")]
    [TestCase("extend 1", 2, "Option '--expires' is required")]
    [TestCase("grants --status open", 2, "Argument 'open' not recognized")]
    [TestCase("request --reason r --database a/b", 2, "say what is asked for")]
    [TestCase("request --reason r --database a/b --statement s --role x", 2, "say what is asked for")]
    [TestCase("request --reason r --statement s", 2, "say where")]
    [TestCase("request --database a/b --statement s", 2, "Option '--reason' is required")]
    [TestCase("request --reason r --database a/b --role x --executions 1", 2, "belong to a statement")]
    [TestCase("user add alice", 2, "nobody can type a password here")]
    [TestCase("user add alice --password-stdin", 2, "standard input has no password")]
    [TestCase("export 1 --format csv --json", 2, "would both be on standard output")]
    [TestCase("export 1 --format csv --output /", 1, "is a folder")]
    [TestCase("export 1 --format csv --output /etc/hostname", 1, "is there already")]
    [TestCase("export 1 --format pdf", 2, "not recognized")]
    [TestCase("grants --url ftp://x", 2, "is not a URL")]
    [TestCase("grants --url http://127.0.0.1:1", 2, "a token is needed")]
    [TestCase("grants --config /no/such.yaml", 1, "does not say where the proxy's socket is")]
    [TestCase("check --config /no/such.yaml", 1, "the configuration has 1 fault")]
    [TestCase("serve --config /no/such.yaml", 1, "the configuration has 1 fault")]
    public async Task Wrong_usage_is_2_and_failure_is_1(string arguments, int code, string words)
    {
        var result = await CliRun.RunAsync(CliRun.Nobody(), arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(result.Error, Does.StartWith("jitproxy: ").Or.Contain("\njitproxy: ").And.Contain(words));
        Assert.That(result.Error, Does.Contain(words));
        Assert.That(result.ExitCode, Is.EqualTo(code));
        Assert.That(result.Out, Is.Empty);
    }

    [Test]
    public async Task No_proxy_is_said_with_the_command_that_starts_one()
    {
        using var file = new ConfigurationFile("servers: { s: { password: \"${NOT_SET}\" } }\nadmin: { socket: a.sock }");
        var result = await CliRun.RunAsync(CliRun.Nobody(), "grants", "--config", file.FilePath);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("jitproxy: no proxy answers").And.Contain($"{Path.Combine(file.Directory, "a.sock")}: there is no such socket").And.Contain($"jitproxy serve --config {file.FilePath}"));
    }

    [Test]
    public async Task Check_lists_every_fault_of_the_configuration()
    {
        using var file = new ConfigurationFile("a: 1\nb: 2\nservers: {}");
        var result = await CliRun.RunAsync(CliRun.Nobody(), "check", "--config", file.FilePath);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error.Split('\n').Where(l => l.StartsWith(file.FilePath, StringComparison.Ordinal)).ToArray(), Has.Length.EqualTo(3));
        Assert.That(result.Error, Does.Contain($"{file.FilePath}:1:1: unknown key \"a\""));
    }

    [Test]
    public async Task Check_says_which_server_cannot_be_reached()
    {
        using var file = new ConfigurationFile("servers: { shop: { engine: postgresql, listen: 127.0.0.1:0, upstream: { host: 127.0.0.1, port: 1, user: u, tls: disable } } }");
        var result = await CliRun.RunAsync(CliRun.Nobody(), "check", "--config", file.FilePath);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Out, Does.Match("(?m)^shop +u@127.0.0.1:1 +cannot be reached: "));
    }

    [Test]
    public async Task A_password_is_typed_twice_and_never_shown()
    {
        await using var fixture = await AdminFixture.StartAsync();
        var result = await TypeAsync("pencilX\bx\rpencilx\r", fixture, "user", "add", "alice");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out + result.Error, Does.Not.Contain("pencil"));
        Assert.That((await TypeAsync("pencil\rpenc\r", fixture, "user", "password", "alice")).Error, Does.Contain("the passwords differ"));
        Assert.That((await TypeAsync("\r", fixture, "user", "password", "alice")).Error, Does.Contain("the password is empty"));
    }

    [TestCase("plain\ttext\nhere", "plain\ttext\nhere")]
    [TestCase("p\u0430y", "p<U+0430>y")]
    [TestCase("a\u202Eb\u200B", "a<U+202E>b<U+200B>")]
    [TestCase("\U0001F600\u0000", "<U+1F600><U+0000>")]
    public void What_an_approver_reads_is_ASCII(string text, string shown) => Assert.That(PlainText.Exact(text), Is.EqualTo(shown));

    [TestCase("two\nlines", "two lines")]
    [TestCase("Jürgen 日本", "Jürgen 日本")]
    [TestCase("\u001b[2J\u202E", "<U+001B>[2J<U+202E>")]
    public void What_stands_in_a_table_cannot_steer_the_terminal(string text, string shown) => Assert.That(PlainText.OneLine(text), Is.EqualTo(shown));

    [Test]
    public void Without_a_terminal_nothing_is_wrapped_or_cut()
    {
        using var output = new StringWriter();
        var value = new string('x', 5000);
        new Terminal(CliRun.Nobody() with { Out = output }, isJson: false).Table(["a", "b"], [[value, value]]);
        Assert.That(output.ToString().TrimEnd().Split('\n').Last(), Is.EqualTo($"{value}  {value}"));
    }

    private static Task<CliResult> TypeAsync(string keys, AdminFixture fixture, params string[] arguments)
    {
        var typed = new Queue<char>(keys);
        var environment = CliRun.Nobody() with
        {
            IsInTerminal = true,
            ReadKey = () => typed.Dequeue() switch
            {
                '\r' => new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false),
                '\b' => new ConsoleKeyInfo('\b', ConsoleKey.Backspace, false, false, false),
                var c => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false),
            },
        };
        return CliRun.RunAsync(environment, [.. arguments, "--config", fixture.ConfigurationPath]);
    }
}
