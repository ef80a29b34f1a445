using System.Collections.Immutable;
using JitProxy.Policy.Approval;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `approval`.</summary>
internal static class ApprovalPart
{
    /// <summary>Rules and fallback; their steps name `project-owner` or one of <paramref name="workspaceRoles"/>.</summary>
    public static ApprovalConfiguration Read(Reading reading, Section root, ImmutableArray<string> workspaceRoles)
    {
        if (root.Find("approval") is not { } node || reading.Section(node, "approval") is not { } section)
            return new([], null);

        ImmutableArray<string> roles = [RolesPart.ProjectOwner, .. workspaceRoles];
        var rules = ImmutableArray.CreateBuilder<ApprovalRuleConfiguration>();
        foreach (var item in section.Find("rules") is { } list ? reading.Items(list) ?? [] : [])
        {
            if (reading.Section(item, "a rule of approval") is { } rule && ReadRule(reading, rule, roles) is { } read)
                rules.Add(read);
        }

        var fallback = section.Find("fallback") is { } steps ? ReadSteps(reading, steps, roles) : null;
        section.Close();
        return new(rules.ToImmutable(), fallback);
    }

    private static ApprovalRuleConfiguration? ReadRule(Reading reading, Section rule, ImmutableArray<string> roles)
    {
        var source = rule.Require("source") is { } sourceNode
            ? reading.Choice(sourceNode, ("just_in_time_access", ApprovalSource.JustInTimeAccess), ("request_role", ApprovalSource.RequestRole))
            : null;
        var condition = rule.Find("condition") is { } text ? reading.Condition(text, ConditionScope.Approval) : Condition.Always;
        var steps = rule.Require("steps") is { } stepsNode ? ReadSteps(reading, stepsNode, roles) : null;
        rule.Close();
        return source is null || condition is null || steps is null ? null : new(source.Value, condition, steps.Value);
    }

    private static ImmutableArray<string>? ReadSteps(Reading reading, ConfigurationNode node, ImmutableArray<string> roles)
    {
        if (reading.Items(node) is not { } items)
            return null;

        // A role may stand twice: then two of its holders' signatures are asked for.
        var steps = ImmutableArray.CreateBuilder<string>();
        foreach (var item in items)
        {
            if (reading.Text(item) is not { } role)
                continue;

            steps.Add(role);
            if (!roles.Contains(role))
                reading.Faults.Add(item, $"nobody defines the role \"{Reading.Raw(item)}\"; {Reading.Suggest(role, roles)}");
        }

        return steps.ToImmutable();
    }
}
