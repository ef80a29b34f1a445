using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `masking` into a policy without secrets; those are the store's.</summary>
internal static class MaskingPart
{
    /// <summary>The policy; its columns must lie on one of <paramref name="servers"/>.</summary>
    public static MaskingPolicy Read(Reading reading, Section root, ServersRead servers)
    {
        if (root.Find("masking") is not { } node || reading.Section(node, "masking") is not { } section)
            return MaskingPolicy.Empty;

        var types = ReadTypes(reading, section, out var names);
        var policy = new MaskingPolicy
        {
            SemanticTypes = types,
            Columns = ReadColumns(reading, section, servers, names),
            Rules = ReadRules(reading, section, names),
            Exemptions = ReadExemptions(reading, section),
            InPredicates = ReadPredicates(reading, section) ?? PredicateUse.Warn,
        };
        section.Close();
        return policy;
    }

    private static ImmutableDictionary<string, MaskAlgorithm> ReadTypes(Reading reading, Section masking, out ImmutableArray<string> names)
    {
        names = [];
        var types = ImmutableDictionary.CreateBuilder<string, MaskAlgorithm>(StringComparer.Ordinal);
        if (masking.Find("semantic_types") is not { } node || reading.Section(node, "semantic_types") is not { } all)
            return types.ToImmutable();

        names = [.. all.Node.Entries.Select(static e => e.Key.Text)];
        foreach (var (key, value) in all.Node.Entries)
        {
            if (reading.Section(value, $"semantic_types.{key.Raw}") is { } section && AlgorithmPart.Read(reading, section) is { } algorithm)
                types[key.Text] = algorithm;
        }

        return types.ToImmutable();
    }

    private static ImmutableDictionary<MaskedColumn, string> ReadColumns(
        Reading reading, Section masking, ServersRead servers, ImmutableArray<string> types)
    {
        var columns = ImmutableDictionary.CreateBuilder<MaskedColumn, string>();
        if (masking.Find("columns") is not { } node || reading.Section(node, "masking.columns") is not { } all)
            return columns.ToImmutable();

        foreach (var (key, value) in all.Node.Entries)
        {
            var type = ReadType(reading, value, types);
            if (!MaskedColumn.TryParse(key.Text, out var column, out var objection))
            {
                reading.Faults.Add(key, objection);
                continue;
            }

            if (!servers.Names.Contains(column.Server))
            {
                reading.Faults.Add(key, $"unknown server \"{column.Server}\"; {Reading.Suggest(column.Server, servers.Names)}");
                continue;
            }

            if (servers.Servers.TryGetValue(column.Server, out var server) && (server.Engine == SqlDialect.PostgreSql) == (column.Schema.Length == 0))
            {
                reading.Faults.Add(key, server.Engine == SqlDialect.PostgreSql
                    ? $"\"{key.Raw}\" lacks a part; on PostgreSQL a column is server/database.schema.table.column"
                    : $"\"{key.Raw}\" has a part too many; on MySQL a column is server/database.table.column");
                continue;
            }

            if (!columns.TryAdd(column, type ?? ""))
                reading.Faults.Add(key, $"\"{key.Raw}\" names a column that is named before");
        }

        return columns.ToImmutable();
    }

    private static ImmutableArray<MaskRule> ReadRules(Reading reading, Section masking, ImmutableArray<string> types)
    {
        var rules = ImmutableArray.CreateBuilder<MaskRule>();
        foreach (var item in masking.Find("rules") is { } list ? reading.Items(list) ?? [] : [])
        {
            if (reading.Section(item, "a rule of masking") is not { } rule)
                continue;

            var condition = rule.Require("condition") is { } text ? reading.Condition(text, ConditionScope.Masking) : null;
            var type = rule.Require("semantic_type") is { } node ? ReadType(reading, node, types) : null;
            var predicates = ReadPredicates(reading, rule);
            rule.Close();
            if (condition is not null && type is not null)
                rules.Add(MaskRule.When(condition, type) with { InPredicates = predicates });
        }

        return rules.ToImmutable();
    }

    private static ImmutableArray<MaskExemption> ReadExemptions(Reading reading, Section masking)
    {
        var exemptions = ImmutableArray.CreateBuilder<MaskExemption>();
        foreach (var item in masking.Find("exemptions") is { } list ? reading.Items(list) ?? [] : [])
        {
            if (reading.Section(item, "an exemption") is not { } exemption)
                continue;

            var members = exemption.Require("members") is { } names ? reading.Names(names) : null;
            var condition = exemption.Find("condition") is { } text ? reading.Condition(text, ConditionScope.Masking) : Condition.Always;
            var untilNode = exemption.Find("until");
            var until = untilNode is null ? null : reading.Time(untilNode);
            exemption.Close();
            if (members is not null && condition is not null)
                exemptions.Add(MaskExemption.When(members.Value, condition, until));
        }

        return exemptions.ToImmutable();
    }

    private static PredicateUse? ReadPredicates(Reading reading, Section section) =>
        section.Find("masked_in_predicates") is { } node ? reading.Choice(node, ("warn", PredicateUse.Warn), ("deny", PredicateUse.Deny)) : null;

    private static string? ReadType(Reading reading, ConfigurationNode node, ImmutableArray<string> types)
    {
        if (reading.Text(node) is not { } type)
            return null;

        if (types.Contains(type))
            return type;

        reading.Faults.Add(node, $"unknown semantic type \"{Reading.Raw(node)}\"; {Reading.Suggest(type, types)}");
        return null;
    }
}
