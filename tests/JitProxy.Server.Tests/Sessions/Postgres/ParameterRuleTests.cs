using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Decide;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Values of parameters are held against what was approved, in text and in binary.</summary>
internal sealed class ParameterRuleTests
{
    private const string Approved = "SELECT id, note FROM orders WHERE id = $1 AND note = $2";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [Test]
    public async Task Text_values_run_if_they_were_approved()
    {
        await using var f = await StartAsync();

        Assert.That(await f.Client.Parse("s", Approved).Bind("", "s", "5", "open").Execute("").Sync().RunAsync(), Does.Contain("Row(1,a)"));
        foreach (var (id, note) in new (string?, string?)[] { ("101", "open"), ("5", "other"), (null, "open"), ("5", null), ("5 ", "open") })
        {
            Assert.That(await f.Client.Bind("", "s", id, note).Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"), $"{id}, {note}");
            Assert.That(f.Client.LastError, Does.Contain("a parameter is not what was approved").And.Contain("another value for $"));
        }

        Assert.That(await f.Client.Bind("", "s", "100", "closed").Execute("").Sync().RunAsync(), Does.Contain("Row(1,a)"), "the statement stays usable");
        Assert.That(await f.RecordedAsync(), Has.Exactly(5).StartsWith("Denied"));
    }

    [Test]
    public async Task The_path_over_shared_connections_checks_as_well()
    {
        await using var f = await StartAsync();
        for (var i = 0; i < 20; i++)
            Assert.That(await f.Client.Parse("", Approved).Bind("", "", "5", "open").DescribePortal("").Execute("").Sync().RunAsync(), Does.Contain("Row(1,a)"));

        Assert.That(await f.Client.Parse("", Approved).Bind("", "", "500", "open").DescribePortal("").Execute("").Sync().RunAsync(), Does.Contain("ERROR(42501)"));
    }

    [TestCase(23u, new byte[] { 0, 0, 0, 5 }, true)]
    [TestCase(23u, new byte[] { 0, 0, 0, 101 }, false)]
    [TestCase(21u, new byte[] { 0, 100 }, true)]
    [TestCase(20u, new byte[] { 0, 0, 0, 0, 0, 0, 0, 1 }, true)]
    [TestCase(20u, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, false)]
    [TestCase(20u, new byte[] { 0, 0, 0, 5 }, false, Description = "not the size of its type")]
    [TestCase(0u, new byte[] { 0, 0, 0, 5 }, false, Description = "a type that nobody named")]
    [TestCase(701u, new byte[] { 0, 0, 0, 0, 0, 0, 0, 5 }, false, Description = "the same bytes are another number in float8")]
    public async Task Binary_values_run_if_their_type_is_known(uint type, byte[] value, bool runs)
    {
        await using var f = await StartAsync();
        f.Client.Parse("", Approved, type, 25);
        f.Client.Write(o => PgBind.Write(o, default, default, [1, 1], [value, Encoding.UTF8.GetBytes("open")], default));

        Assert.That(await f.Client.Execute("").Sync().RunAsync(), runs ? Does.Contain("Row(1,a)") : Does.EndWith("ERROR(42501) Ready(I)"));
    }

    private static async Task<SessionFixture> StartAsync()
    {
        var f = await new SessionFixture().StartAsync(Model());
        var wish = new GrantWish { Databases = ["shop/app"], Statement = Approved, Reason = "test", Parameters = ["1=int:1..100", "2=text:in(open,closed)"] };
        var grant = DeskFixture.Done(await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        DeskFixture.Done(f.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
        return f;
    }
}
