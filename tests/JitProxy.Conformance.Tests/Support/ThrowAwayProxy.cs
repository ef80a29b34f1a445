using System.Diagnostics;
using System.Globalization;
using System.Text;
using JitProxy.Conformance.Tests.Authenticate;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Cli;
using Npgsql;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// The program itself, as a process of its own with its store in a temporary folder, in front of the database app of a server. alice may
/// sign in and ask; bob approves.
/// </summary>
internal sealed class ThrowAwayProxy : IAsyncDisposable
{
    public const string Password = "alice-password";

    private readonly StringBuilder _log = new();
    private readonly string _state;
    private readonly int _upstream;
    private Process? _process;
    private AdminClient? _alice;
    private AdminClient? _bob;
    private AdminClient? _administrator;

    private ThrowAwayProxy(string folder, string state, int upstream) => (Folder, _state, _upstream, Port) = (folder, state, upstream, Ports.Free());

    /// <summary>Where its configuration is.</summary>
    public string Folder { get; }

    /// <summary>Where clients connect, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The process that runs now.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>What Npgsql needs; add what a test needs beside.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=alice;Password={Password};Database=app;Timeout=30;Command Timeout=60;Include Error Detail=true";

    /// <summary>What libpq's programs read from the environment.</summary>
    public IReadOnlyDictionary<string, string> ClientEnvironment => EnvironmentFor(Port);

    /// <summary>The folder that its store is in.</summary>
    public string State => _state;

    /// <summary>The socket of its API.</summary>
    public string Socket => Path.Combine(Folder, "jitproxy.sock");

    /// <summary>Its configuration.</summary>
    public string ConfigurationPath => Path.Combine(Folder, "jitproxy.yaml");

    /// <summary>Starts one.</summary>
    /// <param name="server">The server, listening on its port.</param>
    /// <param name="settings">Sections of the configuration beside those that every test needs.</param>
    /// <param name="state">Where the store lies; null for the proxy's own folder.</param>
    /// <param name="upstream">The port of a relay before the server; null for the server's own.</param>
    public static Task<ThrowAwayProxy> StartAsync(ThrowAwayPostgres server, string settings = "", string? state = null, int? upstream = null)
    {
        var port = upstream ?? server.Port;
        return StartAsync(state, port, proxy => proxy.Configure(port, settings));
    }

    /// <summary>Starts one before a server of MySQL's protocol with the database app; both ways have TLS, and the server's certificate is verified.</summary>
    public static Task<ThrowAwayProxy> StartAsync(IMySqlServer server, MySqlServers certificates) => StartAsync(null, server.Port!.Value, proxy => $$"""
        storage: sqlite:{{proxy._state}}/jitproxy.db
        admin: { socket: {{proxy.Socket}} }
        servers:
          shop:
            engine: mysql
            environment: prod
            listen: 127.0.0.1:{{proxy.Port}}
            tls: { certificate: {{certificates.Certificate}}, key: {{certificates.Key}}, mode: prefer }
            upstream:
              { host: 127.0.0.1, port: {{server.Port}}, user: jitproxy, password: jitproxy-password, tls: verify-full, ca: {{certificates.Certificate}} }
        projects:
          store: { databases: [shop/app, shop/other], owners: [bob], just_in_time_access: true, request_role: true }
        approval: { fallback: [project-owner] }
        database_roles: { writer: [select, explain, show, insert, update, delete, ddl], inserter: [select, insert] }
        masking:
          semantic_types:
            secret: { algorithm: full }
            mail: { algorithm: inner_outer, prefix: 1, suffix: 4 }
            key: { algorithm: hash }
            day: { algorithm: date_trunc, unit: decade }
            money: { algorithm: round, digits: -4 }
          columns:
            shop/app.customers.ssn: secret
            shop/app.customers.email: mail
            shop/app.customers.phone: key
            shop/app.customers.salary: money
            shop/app.customers.born: day
            shop/app.customers.worth: money
            shop/app.customers.account: secret
            shop/app.customers.rate: money
            shop/app.customers.weight: secret
            shop/app.customers.seen: day
            shop/app.customers.paid: secret
            shop/app.customers.lap: secret
            shop/app.customers.photo: secret
            shop/app.customers.profile: secret
            shop/app.customers.flags: secret
            shop/app.customers.spot: secret
            shop/app.customers.graduated: secret
            shop/app.kinds.kind: secret
            shop/app.kinds.tags: secret
        """);

    /// <summary>Starts one with a configuration of its own.</summary>
    public static Task<ThrowAwayProxy> StartAsync(int upstream, Func<ThrowAwayProxy, string> configure) => StartAsync(null, upstream, configure);

    private static async Task<ThrowAwayProxy> StartAsync(string? state, int upstream, Func<ThrowAwayProxy, string> configure)
    {
        var folder = Directory.CreateTempSubdirectory("jitproxy").FullName;
        var proxy = new ThrowAwayProxy(folder, state ?? folder, upstream);
        try
        {
            await File.WriteAllTextAsync(proxy.ConfigurationPath, OverTransport(configure(proxy)));
            await proxy.StartProcessAsync();
            foreach (var user in (string[])["alice", "bob"])
                await proxy._administrator!.SendAsync<UserView>(HttpMethod.Post, "v1/users", new UserBody(user, $"{user}-password"), CancellationToken.None);

            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    // `./test.sh --transport socket` runs everything over the runtime's sockets.
    private static string OverTransport(string configuration) =>
        Environment.GetEnvironmentVariable("JITPROXY_TEST_TRANSPORT") is { Length: > 0 } transport && !configuration.Contains(" transport:", StringComparison.Ordinal)
            ? configuration.Replace("environment: prod", $"environment: prod\n    transport: {transport}", StringComparison.Ordinal)
            : configuration;

    /// <summary>The same for another port, as a relay's.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentFor(int port) => new Dictionary<string, string>
    {
        ["PGHOST"] = "127.0.0.1",
        ["PGPORT"] = port.ToString(CultureInfo.InvariantCulture),
        ["PGUSER"] = "alice",
        ["PGPASSWORD"] = Password,
        ["PGDATABASE"] = "app",
        ["PGCONNECT_TIMEOUT"] = "30",
        ["PSQL_HISTORY"] = "/dev/null",
        ["LC_ALL"] = "C.UTF-8",
    };

    /// <summary>alice, or somebody else, asks for a statement and bob approves it; the grant's number.</summary>
    public async Task<long> GrantAsync(string statement, GrantTerms? terms = null, string? user = null)
    {
        terms ??= new();
        var body = new RequestBody
        {
            Databases = ["shop/app"],
            Statement = statement,
            Unmask = terms.Unmask,
            Export = terms.Export,
            Executions = terms.Executions,
            Expires = terms.Expires,
            Reason = "a test",
        };
        try
        {
            using var other = user is null ? null : AdminClient.OverSocket(Socket, user, ConfigurationPath);
            var asked = await (other ?? _alice!).SendAsync<GrantView>(HttpMethod.Post, "v1/grants", body, CancellationToken.None);
            await ApproveAsync(asked.Id);
            return asked.Id;
        }
        catch (CliFailure e)
        {
            throw new InvalidOperationException($"{statement}: {e.Message} {e.Detail} {e.Hint}", e);
        }
    }

    /// <summary>alice asks for a role and bob approves it; the grant's number.</summary>
    public async Task<long> GrantRoleAsync(string role)
    {
        var body = new RequestBody { Databases = ["shop/app"], Role = role, Reason = "a test" };
        var asked = await _alice!.SendAsync<GrantView>(HttpMethod.Post, "v1/grants", body, CancellationToken.None);
        await ApproveAsync(asked.Id);
        return asked.Id;
    }

    /// <summary>The numbers of the grants that are active.</summary>
    public async Task<List<long>> ActiveAsync() =>
        [.. (await _bob!.GetAsync<GrantsPage>("v1/grants?status=active", CancellationToken.None)).Items.Select(static grant => grant.Id)];

    /// <summary>Somebody else may sign in, with the name and "-password".</summary>
    public Task AddUserAsync(string name) =>
        _administrator!.SendAsync<UserView>(HttpMethod.Post, "v1/users", new UserBody(name, $"{name}-password"), CancellationToken.None);

    /// <summary>And no longer.</summary>
    public Task RemoveUserAsync(string name) => _administrator!.SendAsync<Done>(HttpMethod.Delete, $"v1/users/{name}", null, CancellationToken.None);

    /// <summary>What alice sees when she runs a grant of hers from the command line.</summary>
    public async Task<List<RunLine>> RunAsync(long grant, CancellationToken stop = default)
    {
        var lines = new List<RunLine>();
        await foreach (var line in _alice!.LinesAsync<RunLine>(HttpMethod.Post, $"v1/grants/{grant}/run", new RunBody(null), stop))
            lines.Add(line);

        return lines;
    }

    /// <summary>bob signs.</summary>
    public Task ApproveAsync(long grant) => _bob!.SendAsync<GrantView>(HttpMethod.Post, $"v1/grants/{grant}/approve", new ChangeBody(), CancellationToken.None);

    /// <summary>A command, with this proxy's configuration.</summary>
    public async Task<ProcessRun> CommandAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new CliEnvironment { In = TextReader.Null, Out = output, Error = error };
        var code = await CommandLine.RunAsync([.. arguments, "--config", ConfigurationPath], environment);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>bob takes a grant back.</summary>
    public Task RevokeAsync(long grant) => _bob!.SendAsync<GrantView>(HttpMethod.Post, $"v1/grants/{grant}/revoke", new ChangeBody(), CancellationToken.None);

    /// <summary>The grant as it is now.</summary>
    public Task<GrantView> FindAsync(long grant) => _bob!.GetAsync<GrantView>($"v1/grants/{grant}", CancellationToken.None);

    /// <summary>The audit trail, or a part of it: <c>decision=denied</c>, say.</summary>
    public async Task<List<AuditView>> AuditAsync(string filter = "")
    {
        var records = new List<AuditView>();
        await foreach (var record in _administrator!.LinesAsync<AuditView>(HttpMethod.Get, $"v1/audit/lines?{filter}", null, CancellationToken.None))
            records.Add(record);

        return records;
    }

    /// <summary>What checking the trail found.</summary>
    public async Task<VerifyLine> VerifyAsync()
    {
        VerifyLine? last = null;
        await foreach (var line in _administrator!.LinesAsync<VerifyLine>(HttpMethod.Post, "v1/audit/verify", null, CancellationToken.None))
            last = line;

        return last!;
    }

    /// <summary>A connection that is not pooled.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string options = "")
    {
        var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;{options}");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>psql as alice, without her own settings.</summary>
    public Task<ProcessRun> PsqlAsync(params string[] arguments) => ProcessRun.RunAsync("psql", ["-X", .. arguments], ClientEnvironment);

    /// <summary>Writes another configuration, which the proxy takes over by itself a moment later.</summary>
    public Task ReconfigureAsync(string settings) => File.WriteAllTextAsync(ConfigurationPath, Configure(_upstream, settings));

    /// <summary>What would happen to a statement of alice's.</summary>
    public Task<Explanation> ExplainAsync(string statement) =>
        _alice!.SendAsync<Explanation>(HttpMethod.Post, "v1/explain", new ExplainBody("shop/app", statement, null), CancellationToken.None);

    /// <summary>A grant with everything that its approver sees.</summary>
    public Task<GrantDetail> ReadAsync(long grant) => _bob!.GetAsync<GrantDetail>($"v1/grants/{grant}", CancellationToken.None);

    /// <summary>Ends it as a crash would: nothing is written any more.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it on the store that is there, and waits until it is ready.</summary>
    public async Task StartProcessAsync()
    {
        Disconnect();
        var program = Path.Combine(AppContext.BaseDirectory, "JitProxy.Server.dll");
        var environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };
        _process = ProcessRun.Start("dotnet", [program, "serve", "--config", ConfigurationPath], environment, Folder);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) => Note(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Note(line.Data, ready);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended, Task.Delay(TimeSpan.FromMinutes(1))) != ready.Task)
            throw new InvalidOperationException($"the proxy did not become ready: {ReadLog()}");

        _alice = AdminClient.OverSocket(Socket, "alice", ConfigurationPath);
        _bob = AdminClient.OverSocket(Socket, "bob", ConfigurationPath);
        _administrator = AdminClient.OverSocket(Socket, null, ConfigurationPath);
    }

    /// <summary>What the API answers to a GET on its socket: status and text.</summary>
    public async Task<(int Status, string Text)> GetTextAsync(string path)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(Socket), stop);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        using var answer = await http.GetAsync(new Uri($"http://localhost{path}"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What it has said so far.</summary>
    public string ReadLog()
    {
        lock (_log)
            return _log.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        Disconnect();
        if (_process is not null)
            await KillAsync();

        Directory.Delete(Folder, recursive: true);
    }

    private void Disconnect()
    {
        _alice?.Dispose();
        _bob?.Dispose();
        _administrator?.Dispose();
    }

    private void Note(string? line, TaskCompletionSource ready)
    {
        lock (_log)
            _log.AppendLine(line);
        if (line == "jitproxy: ready")
            ready.TrySetResult();
    }

    private string Configure(int upstream, string settings) => $$"""
        storage: sqlite:{{_state}}/jitproxy.db
        admin: { socket: {{Socket}} }
        servers:
          shop:
            engine: postgresql
            environment: prod
            listen: 127.0.0.1:{{Port}}
            upstream: { host: 127.0.0.1, port: {{upstream}}, user: jitproxy, tls: disable }
        projects:
          store: { databases: [shop/app], owners: [bob], just_in_time_access: true, request_role: true }
        approval:
          fallback: [project-owner]
        database_roles: { writer: [select, explain, show, insert, update, delete, ddl], inserter: [select, insert] }
        masking:
          semantic_types:
            secret: { algorithm: full }
            mail: { algorithm: inner_outer, prefix: 1, suffix: 4 }
            key: { algorithm: hash }
            day: { algorithm: date_trunc, unit: decade }
            money: { algorithm: round, digits: -4 }
          columns:
            shop/app.public.customers.ssn: secret
            shop/app.public.customers.email: mail
            shop/app.public.customers.phone: key
            shop/app.public.customers.salary: money
            shop/app.public.customers.born: day
            shop/app.public.customers.uid: key
            shop/app.public.customers.profile: secret
            shop/app.public.customers.photo: secret
            shop/app.public.customers.worth: money
            shop/app.public.customers.tags: secret
            shop/app.public.payments.card: secret
            shop/app.public.large.secret: secret
            shop/app.public.large.behind: secret
        {{settings}}

        """;
}
