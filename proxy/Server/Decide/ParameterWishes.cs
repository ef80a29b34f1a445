using System.Globalization;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>What a request says of its statement's parameters.</summary>
internal static class ParameterWishes
{
    /// <summary>What is wrong with the rules as such; null if nothing is.</summary>
    public static string? FindBadText(GrantWish wish)
    {
        if (wish.Parameters.Length > ParameterRule.CountMax)
            return string.Create(CultureInfo.InvariantCulture, $"A request has at most {ParameterRule.CountMax} rules for parameters.");

        var seen = new HashSet<int>();
        foreach (var text in wish.Parameters)
        {
            if (!ParameterRule.TryParse(text, out var rule))
                return $"\"{text}\" is no rule for a parameter. Write --param 1=int:1..100, --param 2=text:in(a,b), or one value: --param 3=open.";
            if (!seen.Add(rule.Index))
                return string.Create(CultureInfo.InvariantCulture, $"Parameter {rule.Index} has two rules. Keep one.");
        }

        return wish.Kind == GrantKind.Role && !wish.Parameters.IsEmpty ? "A role has no parameters. Leave --param out." : null;
    }

    /// <summary>What does not fit the statement; null if all does. What stays open goes to <paramref name="notes"/>.</summary>
    public static string? FindObjection(GrantWish wish, int count, List<string> notes)
    {
        foreach (var text in wish.Parameters)
        {
            if (ParameterRule.TryParse(text, out var rule) && rule.Index > count)
                return string.Create(CultureInfo.InvariantCulture, $"The statement has {count} parameters, and \"{text}\" is about number {rule.Index}.");
        }

        if (count - wish.Parameters.Length is > 0 and var free)
        {
            notes.Add(free == 1 && count == 1 ? "The statement has a parameter, which may take any value."
                : free == count ? string.Create(CultureInfo.InvariantCulture, $"The statement has {count} parameters, which may take any values.")
                : string.Create(CultureInfo.InvariantCulture, $"Of the statement's {count} parameters, {free} may take any value."));
        }

        return null;
    }
}
