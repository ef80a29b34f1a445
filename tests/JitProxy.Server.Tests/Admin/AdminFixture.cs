using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Cli;
using JitProxy.Server.Decide;
using JitProxy.Server.Export;
using JitProxy.Server.Record;
using JitProxy.Server.Results;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Server.Tests.Admin;

/// <summary>The API over a real store and a real trail, and commands that reach it through its socket. Only the database servers are stand-ins.</summary>
internal sealed class AdminFixture : IAsyncDisposable
{
    private const string Text = """
        admin: { socket: a.sock, listen: 127.0.0.1:0 }
        servers:
          shop: { engine: postgresql, environment: prod, listen: 127.0.0.1:0, upstream: { host: 127.0.0.1, port: 1, user: u, password: "${UPSTREAM_PASSWORD}" } }
        projects:
          store: { databases: [shop/app, "shop/report_*"], owners: [bob], just_in_time_access: true, request_role: true, max_expiration: 7d }
        workspace_roles: { security: [carol] }
        database_roles: { reader: [select] }
        approval:
          rules:
            - { source: just_in_time_access, condition: request.unmask, steps: [project-owner, security] }
          break_glass: { roles: [security] }
          fallback: [project-owner]
        """;

    private readonly ConfigurationFile _file;
    private readonly Store _store;
    private readonly AdminServer _server;

    private AdminFixture(ConfigurationFile file, Store store, AuditTrail audit, AdminServer server, StandIns standIns, LoginLimiter logins, GrantDesk desk) =>
        (_file, _store, Audit, _server, StandIns, Logins, Desk) = (file, store, audit, server, standIns, logins, desk);

    public AuditTrail Audit { get; }

    public StandIns StandIns { get; }

    public LoginLimiter Logins { get; }

    public GrantDesk Desk { get; }

    public string ConfigurationPath => _file.FilePath;

    public string SocketPath => Path.Combine(_file.Directory, "a.sock");

    public Uri Address => _server.Address!;

    public IEnumerable<Microsoft.AspNetCore.Routing.RouteEndpoint> Routes => _server.Routes;

    /// <summary>Starts one.</summary>
    /// <param name="clock">The time of everything but the configuration; null for the real one.</param>
    /// <param name="url">The console's public address.</param>
    /// <param name="more">More keys of `admin`.</param>
    /// <param name="prepare">Puts files into the configuration's folder.</param>
    public static async Task<AdminFixture> StartAsync(TimeProvider? clock = null, string? url = null, string? more = null, Action<string>? prepare = null)
    {
        clock ??= TimeProvider.System;
        more = url is null ? more : $"url: \"{url}\"";
        var file = new ConfigurationFile(more is null ? Text : Text.Replace("127.0.0.1:0 }\n", $"127.0.0.1:0, {more} }}\n", StringComparison.Ordinal)).With("UPSTREAM_PASSWORD", "x");
        prepare?.Invoke(file.Directory);
        var configuration = file.Load();
        var database = Path.Combine(file.Directory, "jitproxy.db");
        var store = Store.Open(database, clock);
        var audit = AuditTrail.Open(database, new(), clock);
        var catalogue = new Catalogue(SqlDialect.PostgreSql, ["public"], [Customers()], []);
        var redactor = new Redactor(
            new(new(configuration, configuration.Masking)), new((_, _) => Task.FromResult(catalogue), clock), store.InstallationSecret);
        var users = new UserDirectory(store, ChangeRecords.ForUsers(audit), clock);
        var desk = new GrantDesk(store, users, new(() => configuration, (_, _) => new(catalogue), StatementAnalyzer.Analyze, ChangeRecords.ForGrants(audit, redactor), clock));
        var logins = new LoginLimiter(clock);
        var standIns = new StandIns();
        var services = new AdminServices(() => configuration, desk, users, audit, standIns, standIns, standIns, logins, new(_ => Task.FromResult(standIns.Ready), static () => "up 1\n"), clock);
        var server = await AdminServer.StartAsync(configuration.Admin, services, new(services, logins, new(clock)), NullLoggerFactory.Instance, CancellationToken.None);
        return new(file, store, audit, server, standIns, logins, desk);
    }

    /// <summary>A proxy with the usual people in it.</summary>
    public static async Task<AdminFixture> StartWithUsersAsync()
    {
        var fixture = await StartAsync();
        foreach (var name in new[] { "alice", "bob", "carol" })
            (await fixture.FeedAsync("pencil\n", "user", "add", name, "--password-stdin")).MustSucceed();

        return fixture;
    }

    /// <summary>As the local administrator.</summary>
    public HttpClient ConnectToSocket() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new("http://localhost/") };

    /// <summary>Somebody asks for a statement, past the command line.</summary>
    public async Task AskAsync(string user, string statement)
    {
        var result = await Desk.RequestAsync(new() { Databases = ["shop/app"], Statement = statement, Reason = "r" }, new(user), CancellationToken.None);
        if (!result.TryGetGrant(out _, out var refusal))
            throw new InvalidOperationException(refusal);
    }

    public Task<CliResult> RunAsync(params string[] arguments) => FeedAsync("", arguments);

    public Task<CliResult> FeedAsync(string input, params string[] arguments) =>
        CliRun.RunAsync(new() { In = new StringReader(input), Out = TextWriter.Null, Error = TextWriter.Null }, [.. arguments, "--config", _file.FilePath]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Audit.DisposeAsync();
        _store.Dispose();
        _file.Dispose();
    }

    private static CatalogueRelation Customers() => new()
    {
        Oid = 20000,
        Schema = "public",
        Name = "customers",
        Columns = [new(1, "id", "integer", 23), new(2, "email", "text", 25)],
    };
}

/// <summary>Explains and runs without a database server.</summary>
internal sealed class StandIns : IExplain, IRun, IExport
{
    public RunEnd End { get; set; } = new(2);

    public ReadyView Ready { get; set; } = new(true, []);

    public ExplainQuestion? Asked { get; private set; }

    public Task<Explanation> ExplainAsync(ExplainQuestion question, CancellationToken stop)
    {
        Asked = question;
        return Task.FromResult(new Explanation
        {
            Database = question.Database,
            User = question.User,
            NormalForm = question.Statement,
            Kind = "select",
            Tables = ["public.customers"],
            Columns = [new("id", ["public.customers.id"], null), new("email", ["public.customers.email"], "inner_outer")],
            Decision = "refused",
            Reason = "no grant",
            Steps = ["project-owner"],
            Warnings = ["filters by the masked column email"],
        });
    }

    public async Task<ExportEnd> ExportAsync(
        Grant grant, string database, string client, ExportFormat format, string? table, IExportTarget target, CancellationToken stop)
    {
        await target.BeginAsync([new("id", ValueKind.Integer, null)]);
        await target.WriteAsync("id\r\n1\r\n"u8.ToArray(), 1);
        return new() { Rows = 1, Bytes = 7, Sha256 = Convert.ToHexStringLower(SHA256.HashData("id\r\n1\r\n"u8)), Error = End.Error };
    }

    public async IAsyncEnumerable<RunLine> RunAsync(Grant grant, string database, string client, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.Yield();
        yield return new() { Columns = [new("id", null), new("email", "inner_outer")] };
        yield return new() { Row = ["1", "a****"] };
        yield return new() { Row = ["2", null] };
        yield return new() { End = End };
    }
}

/// <summary>What a command printed and answered.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    public CliResult MustSucceed() => ExitCode == 0 ? this : throw new InvalidOperationException($"exit code {ExitCode}: {Error}");
}

/// <summary>Runs commands in this process.</summary>
internal static class CliRun
{
    public static async Task<CliResult> RunAsync(CliEnvironment environment, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, environment with { Out = output, Error = error });
        return new(code, output.ToString(), error.ToString());
    }

    public static CliEnvironment Nobody(string input = "", params (string Name, string Value)[] variables) => new()
    {
        In = new StringReader(input),
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        Variable = variables.ToImmutableDictionary(static v => v.Name, static v => v.Value).GetValueOrDefault,
    };
}
