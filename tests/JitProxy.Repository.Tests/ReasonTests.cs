using NUnit.Framework;

namespace JitProxy.Repository.Tests;

/// <summary>
/// Reasons to refuse or to end something are each brought about by a test. DenyReason, TransitionFault, TextFault and WebhookEvent have tables that say so; for the others
/// a test has to name the value.
/// </summary>
[TestFixture]
internal sealed class ReasonTests
{
    [TestCase("proxy/Server/Authenticate/LoginOutcome.cs", "LoginRefusal")]
    [TestCase("proxy/Server/Authenticate/ScramServer.cs", "ScramFault")]
    [TestCase("proxy/Server/Sessions/SessionEnd.cs", "SessionEnd")]
    [TestCase("policy/Masking/MaskPlan.cs", "PlanFault")]
    public void A_reason_is_named_by_a_test(string file, string name)
    {
        var reasons = ValuesOf(file, name).Where(static value => value is not ("Unspecified" or "None")).ToList();
        var tests = string.Concat(Repository.Sources.Where(static path => path.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(Repository.ReadLines));

        Assert.That(reasons, Is.Not.Empty);
        Assert.That(reasons.Where(value => !tests.Contains($"{name}.{value}", StringComparison.Ordinal)), Is.Empty);
    }

    private static IEnumerable<string> ValuesOf(string file, string name) => Repository.ReadLines(file)
        .SkipWhile(line => !line.Contains($"enum {name}", StringComparison.Ordinal)).Skip(2).TakeWhile(static line => !line.StartsWith('}'))
        .Select(static line => line.Trim()).Where(static line => line.Length > 0 && char.IsLetter(line[0]))
        .Select(static line => line.Split(',', ' ', '=')[0]);
}
