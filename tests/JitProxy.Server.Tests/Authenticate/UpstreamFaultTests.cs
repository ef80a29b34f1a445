using JitProxy.Server.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class UpstreamFaultTests
{
    private const string Secret = "no entry in pg_hba.conf";

    [TestCase("3D000", "3D000", "database \"app\" does not exist on server shop")]
    [TestCase("53300", "53300", "as many connections")]
    [TestCase("57P03", "57P03", "does not take connections now")]
    [TestCase("55000", "55000", "takes no connections")]
    [TestCase("28P01", "08004", "JitProxy's own account")]
    [TestCase("28000", "08004", "JitProxy's own account")]
    [TestCase("42501", "08004", "JitProxy's own account")]
    [TestCase("53200", "53200", "SQLSTATE 53200")]
    [TestCase("57P02", "57P02", "SQLSTATE 57P02")]
    [TestCase("XX000", "08006", "cannot sign in to db:5432")]
    [TestCase(null, "08006", "cannot sign in to db:5432")]
    public void A_client_hears_what_it_can_act_on_and_never_the_servers_words(string? code, string sqlState, string words)
    {
        var refusal = new UpstreamFault("cannot sign in to db:5432", code, Secret).ToRefusal("shop", "app");

        Assert.That(refusal.SqlState, Is.EqualTo(sqlState));
        Assert.That(refusal.Message, Does.Contain(words));
        Assert.That($"{refusal.Message} {refusal.Detail} {refusal.Hint}", Does.Not.Contain(Secret));
    }

    [Test]
    public void The_log_has_all_of_it() =>
        Assert.That(new UpstreamFault("cannot sign in", "28P01", Secret).ForLog, Does.Contain("cannot sign in").And.Contain(Secret));
}
