using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `approval`.</summary>
internal static class ApprovalPart
{
    private const int RemindersMax = 8;

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
        var approval = new ApprovalConfiguration(rules.ToImmutable(), fallback);
        if (section.Find("pending_expiration") is { } pending && reading.Duration(pending) is { } patience)
            approval = approval with { PendingExpiration = patience };

        if (section.Find("reminders") is { } times && reading.Items(times) is { } items)
            approval = approval with { Reminders = ReadReminders(reading, times, items) };

        if (section.Find("break_glass") is { } glass && reading.Section(glass, "approval.break_glass") is { } emergency)
            approval = approval with { BreakGlass = ReadBreakGlass(reading, emergency, roles) };

        section.Close();
        return approval;
    }

    private static ImmutableArray<TimeSpan> ReadReminders(Reading reading, ConfigurationNode node, IEnumerable<ConfigurationNode> items)
    {
        ImmutableArray<TimeSpan> times = [.. items.Select(reading.Duration).OfType<TimeSpan>()];
        if (times.Length > RemindersMax)
            reading.Faults.Add(node, $"there may be at most {RemindersMax} reminders");

        return times;
    }

    private static BreakGlassConfiguration ReadBreakGlass(Reading reading, Section section, ImmutableArray<string> roles)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        var list = section.Require("roles");
        foreach (var item in list is null ? [] : reading.Items(list) ?? [])
        {
            if (ReadRole(reading, item, roles) is { } role)
                names.Add(role);
        }

        var longest = section.Find("max_expiration") is { } node ? reading.Duration(node) : null;
        section.Close();
        return new(names.ToImmutable(), longest ?? TimeSpan.FromHours(1));
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

    /// <summary>A list of steps; null after faults.</summary>
    public static ImmutableArray<ApprovalStep>? ReadSteps(Reading reading, ConfigurationNode node, ImmutableArray<string> roles)
    {
        if (reading.Items(node) is not { } items)
            return null;

        // A role may stand twice: then two signatures are asked for, which one holder may give. Different people are `approvals`.
        var steps = ImmutableArray.CreateBuilder<ApprovalStep>();
        foreach (var item in items)
        {
            if (ReadStep(reading, item, roles) is { } step)
                steps.Add(step);
        }

        return steps.ToImmutable();
    }

    private static ApprovalStep? ReadStep(Reading reading, ConfigurationNode item, ImmutableArray<string> roles)
    {
        if (item is not MappingNode)
            return ReadRole(reading, item, roles) is { } role ? ApprovalStep.OfRole(role) : null;
        if (reading.Section(item, "a step") is not { } section)
            return null;

        var anyOf = section.Require("any_of");
        var approvals = section.Find("approvals") is { } count ? reading.Number(count, 1, ApprovalStep.ApprovalsMax) : 1;
        section.Close();
        if (anyOf is null || approvals is null || reading.Names(anyOf) is not { } names)
            return null;
        if (names.IsEmpty)
            reading.Faults.Add(anyOf, "a step needs a role, or nobody could sign it");

        foreach (var role in ((SequenceNode)anyOf).Items)
            ReadRole(reading, role, roles);

        return new(names, (int)approvals.Value);
    }

    private static string? ReadRole(Reading reading, ConfigurationNode node, ImmutableArray<string> roles)
    {
        if (node is ScalarNode { IsFaulty: true } || reading.Text(node) is not { } role)
            return null;
        if (roles.Contains(role))
            return role;

        reading.Faults.Add(node, $"nobody defines the role \"{Reading.Raw(node)}\"; {Reading.Suggest(role, roles)}");
        return null;
    }
}
