using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

/// <summary>How long a server itself lets statements run, should the proxy be gone: a little longer than the proxy does.</summary>
[TestFixture]
internal sealed class ServerTimeTests
{
    private static readonly LimitsConfiguration Limits = new() { StatementTimeout = TimeSpan.FromSeconds(30), ExportTimeout = TimeSpan.FromHours(1) };

    [TestCase(0, 35)]
    [TestCase(1, 1)]
    [TestCase(2, 3605)]
    public void It_follows_what_a_connection_is_for(int use, int seconds)
    {
        var postgres = UpstreamStartup.Of(new(SqlDialect.PostgreSql, ["public"], [], []), Limits, new Dictionary<string, string>(), (UpstreamUse)use);
        Assert.That(postgres["statement_timeout"], Is.EqualTo($"{seconds}000"));
        Assert.That(PinnedSettings.Statements(isMariaDb: true, Limits, (UpstreamUse)use), Has.Some.Contains($"max_statement_time = {seconds}"));
        Assert.That(PinnedSettings.Statements(isMariaDb: false, Limits, (UpstreamUse)use), Has.Some.Contains($"max_execution_time = {seconds}000"));
    }
}
