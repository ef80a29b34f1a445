using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>What becomes of an operator's operands.</summary>
internal enum OperatorUse : byte
{
    /// <summary>AND, OR and their like: part of the grammar, no operator is looked up.</summary>
    Logic,

    /// <summary>An operator that the server looks up by its name.</summary>
    Symbol,

    /// <summary>A form with a syntax of its own after the left operand: IS, BETWEEN, a cast.</summary>
    Test,
}

/// <summary>One thing that may follow an operand.</summary>
/// <param name="Precedence">How tightly it binds.</param>
/// <param name="Use">What becomes of the operands.</param>
/// <param name="IsEverywhere">True if it may stand in restricted expressions, too.</param>
/// <param name="Next">The words of which one must follow; null if anything may.</param>
internal sealed record OperatorRule(Precedence Precedence, OperatorUse Use, bool IsEverywhere = true, string? Next = null)
{
    private readonly FrozenSet<string>? _next = Next?.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Nothing that continues an expression.</summary>
    public static OperatorRule Nothing { get; } = new(Precedence.None, OperatorUse.Test);

    /// <summary>True if the rule holds where this word or symbol follows.</summary>
    public bool IsFollowedBy(string? mark) => _next is null || (mark is not null && _next.Contains(mark));
}

/// <summary>The operators of a dialect, by the word or symbol that they begin with.</summary>
/// <param name="rules">The operators with a place of their own.</param>
/// <param name="other">All other symbols.</param>
internal sealed class Operators(IEnumerable<(string Marks, OperatorRule Rule)> rules, OperatorRule other)
{
    private readonly FrozenDictionary<string, OperatorRule> _rules = rules
        .SelectMany(static entry => entry.Marks.Split(' ').Select(mark => KeyValuePair.Create(mark, entry.Rule)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What the token here does after an operand.</summary>
    public OperatorRule Find(TokenCursor cursor, bool isRestricted)
    {
        if (cursor.Mark is not { } mark)
            return OperatorRule.Nothing;
        if (_rules.TryGetValue(mark, out var rule))
            return (rule.IsEverywhere || !isRestricted) && rule.IsFollowedBy(cursor.MarkAt(1)) ? rule : OperatorRule.Nothing;
        return cursor.Kind == TokenKind.Operator ? other : OperatorRule.Nothing;
    }

    /// <summary>True if the token here is a symbol without a place of its own.</summary>
    public bool IsOther(TokenCursor cursor) => cursor.Kind == TokenKind.Operator && !_rules.ContainsKey(cursor.Mark!);
}
