using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A view that comes to mean something else under an open session: its columns keep names and types, and no value leaves that is masked.</summary>
internal sealed class MySqlViewTests
{
    private const string Approved = "SELECT a, b FROM v";
    private const string Secret = "078-05-1120";
    private static readonly MySqlTable Before = MySqlTable.Of("v", "a b", $"Ann,{Secret}", $"Ben,{Secret}");
    private static readonly MySqlTable Swapped = MySqlTable.Of("v", "a b", $"{Secret},Ann");

    [Test]
    public async Task Rows_wait_until_the_views_are_known([Values] bool isPrepared)
    {
        await using var f = await StartAsync();
        var asked = 0;
        var answer = new TaskCompletionSource<string?>();
        f.FindViewChange = views =>
        {
            Assert.That(views.Select(static v => v.Name), Is.EqualTo(new[] { "v" }));
            asked++;
            return answer.Task;
        };
        if (isPrepared)
            await f.Client.PrepareAsync(Approved);

        var rows = isPrepared ? f.Client.ExecuteAsync() : f.Client.QueryAsync(Approved);
        Assert.That(() => asked, Is.EqualTo(1).After(20_000, 10));
        Assert.That(rows.IsCompleted, Is.False);
        answer.SetResult(null);
        Assert.That(await rows, Is.EqualTo("Shape(a,b) Row(Ann,******) Row(Ben,******) End"));
    }

    [Test]
    public async Task View_that_was_redefined_between_two_executions_gives_nothing_away([Values] bool isPrepared)
    {
        var model = new MySqlModel().Knows(Approved, Before);
        await using var f = await StartAsync(model);
        await f.Client.PrepareAsync(Approved);
        Assert.That(await RunAsync(), Is.EqualTo("Shape(a,b) Row(Ann,******) Row(Ben,******) End"));

        // The server knows of it, and the proxy's catalogue does not yet.
        model.Knows(Approved, Swapped);
        f.FindViewChange = static _ => Task.FromResult<string?>("the view app.v is not what it was");
        Assert.That(await RunAsync(), Is.EqualTo("ERROR(1412)"));
        Assert.That(f.Client.LastError, Does.Contain("the view app.v is not what it was"));
        Assert.That(await f.Client.QueryAsync("SHOW WARNINGS"), Does.Contain("withheld"));

        f.Catalogue = MySqlSessionFixture.CatalogueWith(MySqlSessionFixture.View("v", "ssn", "name"));
        await f.RefreshAsync();
        f.FindViewChange = static _ => Task.FromResult<string?>(null);
        Assert.That(await RunAsync(), Is.EqualTo("Shape(a,b) Row(******,Ann) End"));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret));

        Task<string> RunAsync() => isPrepared ? f.Client.ExecuteAsync() : f.Client.QueryAsync(Approved);
    }

    [Test]
    public async Task Error_of_a_view_that_was_redefined_is_not_passed_on()
    {
        var model = new MySqlModel()
            .Says("SELECT a FROM w", (output, ref sequence) => MySqlError.Write(output, ref sequence, 1292, "22007", $"Truncated incorrect INTEGER value: '{Secret}'"));
        await using var f = await StartAsync(model);
        await f.GrantAsync("SELECT a FROM w");
        Assert.That(await f.Client.QueryAsync("SELECT a FROM w"), Is.EqualTo("ERROR(1292)"));
        Assert.That(f.Client.LastError, Does.Contain(Secret), "as far as anybody knew, it reads names only");

        f.FindViewChange = static _ => Task.FromResult<string?>("the view app.w is not what it was");
        Assert.That(await f.Client.QueryAsync("SELECT a FROM w"), Is.EqualTo("ERROR(1412)"));
        Assert.That(f.Client.LastError, Does.Not.Contain(Secret));
    }

    [Test]
    public async Task Open_cursor_over_a_view_that_was_redefined_is_closed()
    {
        await using var f = await StartAsync();
        await f.Client.PrepareAsync(Approved);
        var id = f.Client.LastId;
        Assert.That(await f.Client.ExecuteAsync(id, MySqlCursorKind.ReadOnly), Is.EqualTo("Shape(a,b) End"));
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("Row(Ann,******) End"));

        // The rows wait on the server as they were read: the plan for what the view is now would show them.
        f.Catalogue = MySqlSessionFixture.CatalogueWith(MySqlSessionFixture.View("v", "ssn", "name"));
        await f.RefreshAsync();
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("ERROR(1412)"));
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("ERROR(1421)"));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret));
    }

    [Test]
    public async Task Open_cursor_survives_a_change_that_is_none_of_its_business()
    {
        await using var f = await StartAsync();
        await f.Client.PrepareAsync(Approved);
        var id = f.Client.LastId;
        await f.Client.ExecuteAsync(id, MySqlCursorKind.ReadOnly);
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("Row(Ann,******) End"));

        f.Catalogue = MySqlSessionFixture.CatalogueWith(MySqlSessionFixture.View("v", "name", "ssn"), MySqlSessionFixture.View("other", "id", "id"));
        await f.RefreshAsync();
        Assert.That(await f.Client.FetchAsync(id, 5), Is.EqualTo("Row(Ben,******) End"));
    }

    [Test]
    public async Task Statements_that_read_tables_alone_do_not_wait()
    {
        var model = new MySqlModel().Knows("SELECT id, ssn FROM customers", MySqlTable.Of("customers", "id:int ssn", $"1,{Secret}"));
        await using var f = await StartAsync(model);
        await f.GrantAsync("SELECT id, ssn FROM customers");
        f.FindViewChange = static _ => throw new InvalidOperationException("nobody has to be asked");
        Assert.That(await f.Client.QueryAsync("SELECT id, ssn FROM customers"), Is.EqualTo("Shape(id,ssn) Row(1,******) End"));
    }

    private static async Task<MySqlSessionFixture> StartAsync(MySqlModel? model = null)
    {
        var f = new MySqlSessionFixture { Catalogue = MySqlSessionFixture.CatalogueWith(MySqlSessionFixture.View("v", "name", "ssn"), MySqlSessionFixture.View("w", "id", "note", "orders")) };
        await f.StartAsync(model ?? new MySqlModel().Knows(Approved, Before));
        await f.GrantAsync(Approved);
        return f;
    }
}
