using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>A name of one to four parts, each folded and unquoted as the server would.</summary>
/// <param name="Parts">The parts from left to right; the last is the object's own name.</param>
internal sealed record QualifiedName(ImmutableArray<string> Parts)
{
    /// <summary>The object's own name.</summary>
    public string Name => Parts[^1];

    /// <summary>The schema as written, or null.</summary>
    public string? Schema => Parts.Length > 1 ? Parts[^2] : null;

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', Parts);
}

/// <summary>A type as written.</summary>
/// <param name="Name">Its name; the words of a standard type joined by a space, such as <c>timestamp with time zone</c>.</param>
/// <param name="ShortName">What the server calls a column that is cast to it.</param>
/// <param name="IsArray">True for <c>[]</c> and <c>ARRAY</c>.</param>
internal sealed record TypeName(QualifiedName Name, string ShortName, bool IsArray);

/// <summary>What a FROM item is called from outside.</summary>
/// <param name="Name">The alias; null where only columns are defined.</param>
/// <param name="Columns">Names for its first columns.</param>
/// <param name="HasDefinitions">True if the columns came with types, so that they are all there are.</param>
internal sealed record Alias(string? Name, ImmutableArray<string> Columns, bool HasDefinitions = false);
