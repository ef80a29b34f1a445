using System.Diagnostics;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Masking;

/// <summary>`masked_in_predicates`, from the configuration's file to what people and clients are told.</summary>
[TestFixture]
internal sealed class MaskedPredicateTests
{
    private const string ByMasked = "SELECT count(*) FROM people WHERE number LIKE 'CANARY%'";
    private const string Denied = "public.customers.ssn, which masking rule 1 (secret) denies";
    private const string Warning = "filters, joins, groups or orders by masked column public.customers.ssn";
    private const string DenyingRule = """
          rules:
            - { condition: resource.column_name == "ssn", semantic_type: secret, masked_in_predicates: deny }
        """;

    private ThrowAwayPostgres _server = null!;
    private ThrowAwayProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await Shop.StartAsync();
        _proxy = await ThrowAwayProxy.StartAsync(_server);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Test]
    public async Task Warning_becomes_a_refusal_when_the_rule_changes()
    {
        var grant = await _proxy.GrantAsync(ByMasked);
        Assert.That((await _proxy.ReadAsync(grant)).Warnings, Has.Some.Contains(Warning));
        Assert.That((await _proxy.ExplainAsync(ByMasked)).Warnings, Has.Some.Contains(Warning));
        Assert.That((await _proxy.PsqlAsync("-At", "-c", ByMasked)).Output, Is.EqualTo("9\n"));

        await _proxy.ReconfigureAsync(DenyingRule);
        var run = await _proxy.PsqlAsync("-At", "-c", ByMasked);
        for (var clock = Stopwatch.StartNew(); run.Error.Length == 0 && clock.Elapsed < TimeSpan.FromSeconds(15);)
            run = await _proxy.PsqlAsync("-At", "-c", ByMasked);

        Assert.That(run.Error, Does.Contain("masked columns may not decide which rows come").And.Contain($"grant {grant}: ").And.Contain(Denied));
        Assert.That((await _proxy.AuditAsync("decision=denied")).Select(static r => r.Error), Has.Some.Contains(Denied));
        var explanation = await _proxy.ExplainAsync(ByMasked);
        Assert.That(explanation.Decision, Is.EqualTo("refused"));
        Assert.That(explanation.Reason, Does.Contain(Denied));
        Assert.That(explanation.RequestObjection, Does.Contain(Denied).And.Contain("--unmask"));
        Assert.That((await _proxy.ReadAsync(grant)).Warnings, Has.Some.Contains("masking rule 1 (secret) denies that to whoever does not see it in clear"));
        Assert.That(async () => await _proxy.GrantAsync($"{ByMasked} AND id > 0"), Throws.InvalidOperationException.With.Message.Contains(Denied));

        await _proxy.GrantAsync($"{ByMasked} AND id > 1", new(Unmask: true));
        Assert.That((await _proxy.PsqlAsync("-At", "-c", $"{ByMasked} AND id > 1")).Output, Is.EqualTo("8\n"));
    }
}
