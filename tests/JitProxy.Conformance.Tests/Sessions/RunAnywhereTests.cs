using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Admin.Contract;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary><c>jitproxy run</c> on every engine.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class RunAnywhereTests(string engine)
{
    private AnyShop _shop = null!;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task StartAsync() => _shop = await AnyShop.StartAsync(engine);

    [OneTimeTearDown]
    public async Task StopAsync() => await _shop.DisposeAsync();

    [Test]
    public async Task It_says_which_columns_are_masked_and_how()
    {
        var lines = await Proxy.RunAsync(await Proxy.GrantAsync("SELECT id, name, ssn, email, salary, born FROM customers WHERE id < 3 ORDER BY id"));

        Assert.That(
            lines[0].Columns!.Value.Select(static c => $"{c.Name}: {c.Mask ?? "in clear"}"),
            Is.EqualTo(new[] { "id: in clear", "name: in clear", "ssn: full", "email: inner_outer", "salary: round", "born: in clear" }));
        Assert.That(lines[1].Row!.Value, Is.EqualTo(new[] { "1", "name1", "******", "C**************.com", "1990000", "1969-07-20" }));
        Assert.That(lines[2].Row!.Value, Is.EqualTo(new[] { "2", "Ünï \"2\", o'clock", "******", null, "1990000", "2000-02-29" }));
        Assert.That(lines[^1].End, Is.EqualTo(new RunEnd(2)));
        Assert.That(lines, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task With_unmask_nothing_is()
    {
        var grant = await Proxy.GrantAsync("SELECT ssn, salary FROM customers WHERE id = 1", new(Unmask: true));

        var lines = await Proxy.RunAsync(grant);
        Assert.That(lines[0].Columns!.Value.Select(static c => c.Mask), Is.EqualTo(new string?[] { null, null }));
        Assert.That(lines[1].Row!.Value, Is.EqualTo(new[] { "CANARY-1", "1987654" }));
    }

    [Test]
    public async Task Bytes_come_as_digits_and_empty_text_is_not_null()
    {
        var lines = await Proxy.RunAsync(await Proxy.GrantAsync("SELECT id, name, photo FROM customers ORDER BY id"));

        Assert.That(lines[1].Row!.Value[2], Is.EqualTo(_shop.IsPostgres ? "\\x00ff27" : "0x00FF27"));
        Assert.That(lines[3].Row!.Value, Is.EqualTo(new[] { "3", "", null }));
    }

    [Test]
    public async Task Command_prints_the_rows_and_tells_what_is_masked()
    {
        var grant = await Proxy.GrantAsync("SELECT id, ssn FROM customers WHERE id = 1");

        var run = await Proxy.CommandAsync("run", $"{grant}", "--as", "alice");
        Assert.That(run.ExitCode, Is.Zero, run.Text);
        Assert.That(run.Output, Is.EqualTo("id  ssn\n1   ******\n"));
        Assert.That(run.Error, Is.EqualTo("1 row; masked: ssn\n"));
    }

    [Test]
    public async Task A_limit_is_how_it_ends_and_what_helps_is_said()
    {
        var end = (await Proxy.RunAsync(await Proxy.GrantAsync("SELECT n FROM numbers")))[^1].End!;

        Assert.That(end.Rows, Is.EqualTo(1000));
        Assert.That(end.Error, Does.Contain("more rows than the limit allows without export"));
        Assert.That(end.Detail, Is.EqualTo("limits.rows is 1000"));
        Assert.That(end.Hint, Does.Contain("--export"));
    }

    [Test]
    public async Task With_export_there_is_no_limit()
    {
        var lines = await Proxy.RunAsync(await Proxy.GrantAsync("SELECT n FROM numbers ORDER BY n", new(Export: true)));

        Assert.That(lines[^1].End, Is.EqualTo(new RunEnd(10000)));
        Assert.That(lines[1..^1].Select(static l => l.Row!.Value[0]), Is.EqualTo(Enumerable.Range(0, 10000).Select(static n => $"{n}")));
    }

    [Test]
    public async Task A_revoked_grant_is_refused_in_the_words_of_the_wire()
    {
        var grant = await Proxy.GrantAsync("SELECT id FROM customers WHERE id = 1");
        await Proxy.RevokeAsync(grant);

        var lines = await Proxy.RunAsync(grant);
        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0].End!.Error, Is.EqualTo("user \"alice\" may not run this statement on shop/app: its grant was revoked"));
        Assert.That(lines[0].End!.Detail, Does.Match($"^grant {grant} was revoked by bob at [-0-9]{{10}}T[0-9:]{{8}}Z$"));
        Assert.That(lines[0].End!.Hint, Does.Match("^To ask for it: jitproxy request --denied [0-9]+ --reason"));
    }

    [Test]
    public async Task An_error_of_the_server_is_how_it_ends_and_holds_no_masked_value()
    {
        var bad = _shop.IsPostgres ? "SELECT CAST(ssn AS int) FROM customers" : "SELECT EXP(salary) FROM customers WHERE id = 1";

        var end = (await Proxy.RunAsync(await Proxy.GrantAsync(bad)))[^1].End!;
        Assert.That(end.Error, Is.Not.Null);
        foreach (var canary in AnyShop.Canaries)
            Assert.That($"{end}", Does.Not.Contain(canary));
    }

    [Test]
    public async Task When_the_caller_goes_away_the_statement_is_cancelled()
    {
        const string Forever = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n > 5";
        var grant = await Proxy.GrantAsync(Forever);
        using var gone = new CancellationTokenSource();

        var running = Proxy.RunAsync(grant, gone.Token);
        await UntilAsync(async () => (await Proxy.AuditAsync($"grant={grant}")).Exists(static r => r.Event == "authorized"));
        await gone.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());

        AuditView? finished = null;
        await UntilAsync(async () => (finished = (await Proxy.AuditAsync($"grant={grant}")).Find(static r => r.Event == "finished")) is not null);
        Assert.That(finished!.Outcome, Is.Not.EqualTo("ok"));
        await UntilAsync(() => Task.FromResult(!_shop.IsRunning("numbers b, numbers c")));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        while (!await condition())
            await Task.Delay(100, patience.Token);
    }
}
