using JitProxy.Policy.Sql;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>What runs without a grant ends in time, is not too large, and is judged again when names change.</summary>
internal sealed class HousekeepingLimitTests
{
    private const string Version = "SELECT version()";
    private static readonly byte[] Canceled = Frames.Of(o => PgErrorResponse.Write(o, new("ERROR", "57014", "canceled")));

    [TestCase("{}", 10)]
    [TestCase("{ statement_timeout: 3s }", 3)]
    public async Task A_read_without_a_grant_is_stopped_sooner(string limits, int seconds)
    {
        await using var f = await new SessionFixture(limits).StartAsync();
        await f.Client.Query(Version).SendAsync();
        await f.Upstream.HearAsync("Sync");
        f.Clock.Now += TimeSpan.FromSeconds(seconds);
        f.Watch.LookAtAll();
        Assert.That(f.Cancels, Is.Zero);
        f.Clock.Now += TimeSpan.FromSeconds(1);
        f.Watch.LookAtAll();
        Assert.That(f.Cancels, Is.EqualTo(1));
        await f.Upstream.SayAsync(PgMessages.ParseComplete.ToArray(), PgMessages.BindComplete.ToArray(), Canceled, Frames.Raw('Z', (byte)'I'));

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(57014) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain($"longer than the 00:00:{seconds:00} that are allowed without a grant"));
    }

    [Test]
    public async Task A_read_without_a_grant_has_a_limit_in_bytes_and_none_in_rows()
    {
        var model = new ServerModel().Knows(Version, ModelAnswer.Table("version:25", "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"));
        await using var f = await new SessionFixture("{ rows: 1, result_size: 45 B }").StartAsync(model);

        Assert.That(await f.Client.Query(Version).RunAsync(), Is.EqualTo("Shape(version) Row(aaaaaaaaaa) Row(bbbbbbbbbb) ERROR(54000) Ready(I)"));
    }

    [Test]
    public async Task A_prepared_read_is_judged_again_when_its_names_may_mean_something_else()
    {
        var model = new ServerModel().Knows(Version, ModelAnswer.Table("version:25", "15"));
        await using var f = await new SessionFixture().StartAsync(model);
        Assert.That(await f.Client.Parse("s", Version).Bind("", "s").Execute("").Sync().RunAsync(), Does.EndWith("Row(15) Done(SELECT 1) Ready(I)"));
        f.Clock.Now += TimeSpan.FromSeconds(2);
        f.Catalogue = new(SqlDialect.PostgreSql, ["public"], f.Catalogue.Relations, [new("public", "version", Volatility.Stable, false, false, 25)]);
        await f.Catalogues.RefreshAsync(SessionFixture.Database, CancellationToken.None);

        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task A_prepared_read_that_is_judged_again_and_still_free_runs_on()
    {
        var model = new ServerModel().Knows(Version, ModelAnswer.Table("version:25", "15"));
        await using var f = await new SessionFixture().StartAsync(model);
        await f.Client.Parse("s", Version).Bind("", "s").Execute("").Sync().RunAsync();
        f.Clock.Now += TimeSpan.FromSeconds(2);
        f.Catalogue = new(SqlDialect.PostgreSql, ["public"], [], []);
        await f.Catalogues.RefreshAsync(SessionFixture.Database, CancellationToken.None);

        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo("BindComplete Row(15) Done(SELECT 1) Ready(I)"));
    }
}
