using JitProxy.Conformance.Tests.Support;
using Microsoft.Playwright;

namespace JitProxy.Conformance.Tests.Console;

/// <summary>A real server, the proxy before it with its console, its people, and a real browser.</summary>
internal sealed class ConsoleStage : IAsyncDisposable
{
    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private ConsoleStage(ThrowAwayPostgres server, ThrowAwayProxy proxy, int port, IPlaywright playwright, IBrowser browser)
    {
        (Server, Proxy, _playwright, _browser) = (server, proxy, playwright, browser);
        Address = $"http://127.0.0.1:{port}";
    }

    /// <summary>The database server.</summary>
    public ThrowAwayPostgres Server { get; }

    /// <summary>The proxy.</summary>
    public ThrowAwayProxy Proxy { get; }

    /// <summary>Where the console is.</summary>
    public string Address { get; }

    /// <summary>What the browser complained about in any page: refused scripts and styles, and errors of ours.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Starts everything. alice asks; bob and erin own the project; carol is security; dave holds no role.</summary>
    public static async Task<ConsoleStage> StartAsync()
    {
        var server = await Shop.StartAsync();
        var port = Ports.Free();
        var proxy = await ThrowAwayProxy.StartAsync(server.Port, proxy => $$"""
            storage: sqlite:{{proxy.Folder}}/jitproxy.db
            admin: { socket: {{proxy.Socket}}, listen: 127.0.0.1:{{port}} }
            servers:
              shop:
                engine: postgresql
                environment: prod
                listen: 127.0.0.1:{{proxy.Port}}
                upstream: { host: 127.0.0.1, port: {{server.Port}}, user: jitproxy, tls: disable }
            projects:
              store: { databases: [shop/app], owners: [bob, erin], just_in_time_access: true, request_role: true, max_expiration: 7d }
            workspace_roles: { security: [carol] }
            database_roles: { reader: [select] }
            approval:
              rules:
                - { source: just_in_time_access, condition: request.unmask == true, steps: [project-owner, security] }
              fallback: [project-owner]
            masking:
              semantic_types:
                secret: { algorithm: full }
                mail: { algorithm: inner_outer, prefix: 1, suffix: 4 }
              columns:
                shop/app.public.customers.ssn: secret
                shop/app.public.customers.email: mail

            """);
        foreach (var name in (string[])["carol", "dave", "erin"])
            await proxy.AddUserAsync(name);

        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = Quiet });
        return new(server, proxy, port, playwright, browser);
    }

    /// <summary>A page of somebody who is signed in, in a browser of their own.</summary>
    public async Task<IPage> SignInAsync(string user, BrowserNewContextOptions? options = null)
    {
        var page = await OpenAsync("/sign-in", options);
        await page.FillAsync("#user", user);
        await page.FillAsync("#password", $"{user}-password");
        await page.ClickAsync("button.primary");
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
        return page;
    }

    /// <summary>A page of somebody who is not.</summary>
    public async Task<IPage> OpenAsync(string path, BrowserNewContextOptions? options = null)
    {
        options = new(options ?? new()) { BaseURL = Address };
        var context = await _browser.NewContextAsync(options);
        var page = await context.NewPageAsync();
        page.Console += (_, message) => Note(message);
        page.PageError += (_, error) => Complain(error);
        page.Dialog += (_, dialog) =>
        {
            Complain($"a dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>alice asks for a statement; the request's number.</summary>
    public async Task<long> AskAsync(string statement, bool unmask = false, string reason = "a test")
    {
        var run = await Proxy.CommandAsync(["request", "--as", "alice", "--database", "shop/app", "--statement", statement, "--reason", reason, "--json", .. unmask ? (string[])["--unmask"] : []]);
        if (run.ExitCode != 0)
            throw new InvalidOperationException(run.Text);

        return System.Text.Json.JsonDocument.Parse(run.Output).RootElement.GetProperty("id").GetInt64();
    }

    /// <summary>Gives the proxy another configuration, and waits until it is in force.</summary>
    public async Task ReconfigureAsync(string configuration)
    {
        var loads = CountLoads();
        await File.WriteAllTextAsync(Proxy.ConfigurationPath, configuration);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (CountLoads() == loads)
            await Task.Delay(50, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await Proxy.DisposeAsync();
        Server.Dispose();
    }

    private int CountLoads() => Proxy.ReadLog().Split("is in force").Length;

    // That a page of ours says no is an answer, and not a fault of the page.
    private void Note(IConsoleMessage message)
    {
        if (message.Type == "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal))
            Complain(message.Text);
    }

    private void Complain(string what)
    {
        lock (Complaints)
            Complaints.Add(what);
    }
}
