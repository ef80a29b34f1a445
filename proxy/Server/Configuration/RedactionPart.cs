using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Redaction;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `audit.parameters`, `audit.literals` and `audit.redact`.</summary>
internal static class RedactionPart
{
    /// <summary>The rules, and what holds when none matches.</summary>
    public static RedactionPolicy Read(Reading reading, Section audit)
    {
        var otherwise = ReadKept(reading, audit, Redaction.None, out _);
        var rules = ImmutableArray.CreateBuilder<RedactionRule>();
        foreach (var item in audit.Find("redact") is { } list ? reading.Items(list) ?? [] : [])
        {
            if (reading.Section(item, "a rule of audit.redact") is not { } rule)
                continue;

            var condition = rule.Find("condition") is { } text ? reading.Condition(text, ConditionScope.Redaction) : Condition.Always;
            var kept = ReadKept(reading, rule, otherwise, out var saysNothing);
            rule.Close();
            if (saysNothing)
                reading.Faults.Add(item, "a rule of audit.redact says what becomes of parameters, of literals, or of both");
            else if (condition is not null)
                rules.Add(new(condition, kept));
        }

        return new(rules.ToImmutable(), otherwise);
    }

    // What is not said is as it is without the rule.
    private static Redaction ReadKept(Reading reading, Section section, Redaction otherwise, out bool saysNothing)
    {
        var (parameters, literals) = (section.Find("parameters"), section.Find("literals"));
        saysNothing = parameters is null && literals is null;
        return new(ReadOne(reading, parameters) ?? otherwise.Parameters, ReadOne(reading, literals) ?? otherwise.Literals);
    }

    private static KeptAs? ReadOne(Reading reading, ConfigurationNode? node) =>
        node is null ? null : reading.Choice(node, ("clear", KeptAs.Clear), ("hash", KeptAs.Hash), ("omit", KeptAs.Omit));
}
