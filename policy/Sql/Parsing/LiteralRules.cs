using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Constants and parameters.</summary>
internal abstract class LiteralRules
{
    /// <summary>True if the current token is a string of any form, bit strings left out.</summary>
    public bool IsString() => IsStringAt(0);

    /// <summary>As <see cref="IsString"/>, some tokens on.</summary>
    public abstract bool IsStringAt(int ahead);

    /// <summary>A string's value.</summary>
    public abstract string String();

    /// <summary>A constant or parameter, if the current token is one.</summary>
    public abstract Expression? Optional();
}
