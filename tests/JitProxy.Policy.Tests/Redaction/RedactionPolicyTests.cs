using JitProxy.Policy.Approval;
using JitProxy.Policy.Redaction;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Redaction;

/// <summary>The first rule that matches decides; one that cannot be evaluated matches.</summary>
internal sealed class RedactionPolicyTests
{
    private static readonly Policy.Redaction.Redaction Hashed = new(KeptAs.Hash, KeptAs.Hash);

    [TestCase("orders", "None")]
    [TestCase("salaries", "Everything")]
    [TestCase("people", "Hashed")]
    [TestCase(null, "Everything", Description = "a table that nobody knows may be any")]
    public void Rules_go_in_order(string? table, string expected)
    {
        var policy = new RedactionPolicy(
            [Rule("resource.table_name == 'salaries'", Policy.Redaction.Redaction.Everything), Rule("resource.table_name in ['salaries', 'people']", Hashed)],
            Policy.Redaction.Redaction.None);

        var picked = policy.Pick(() => [new() { TableName = "other" }, new() { TableName = table }]);
        Assert.That(picked, Is.EqualTo(expected switch
        {
            "None" => Policy.Redaction.Redaction.None,
            "Hashed" => Hashed,
            _ => Policy.Redaction.Redaction.Everything,
        }));
    }

    [Test]
    public void Without_rules_nothing_is_looked_up() =>
        Assert.That(new RedactionPolicy([], Hashed).Pick(static () => throw new InvalidOperationException()), Is.EqualTo(Hashed));

    [TestCase("statement.kind == 'select' && statement.tables.contains('x')", false)]
    [TestCase("statement.kind == 'select' && 'x' in statement.tables && statement.text.contains('y')", true)]
    [TestCase("resource.column_name.matches('ssn')", true)]
    [TestCase("request.unmask", false)]
    [TestCase("request.time > timestamp('2027-01-01')", false)]
    public void Conditions_know_the_statement_and_not_a_request(string condition, bool isKnown)
    {
        var isParsed = Condition.TryParse(condition, ConditionScope.Redaction, out _, out var fault);
        Assert.That(isParsed, Is.EqualTo(isKnown), fault.Message);
        if (condition.StartsWith("request", StringComparison.Ordinal))
            Assert.That(fault.Message, Does.Contain("has no value in a condition of audit.redact"));
    }

    private static RedactionRule Rule(string condition, Policy.Redaction.Redaction redaction)
    {
        Assert.That(Condition.TryParse(condition, ConditionScope.Redaction, out var parsed, out var fault), Is.True, fault.Message);
        return new(parsed!, redaction);
    }
}
