using System.Collections.Immutable;
using YamlDotNet.Core;

namespace JitProxy.Server.Configuration;

/// <summary>One node of the file with its place, both counted from 1.</summary>
internal abstract record ConfigurationNode(int Line, int Column);

/// <summary>
/// A value. <paramref name="Text"/> has `${NAME}` replaced; faults show <paramref name="Raw"/>, because an environment variable may be
/// a secret.
/// </summary>
internal sealed record ScalarNode(int Line, int Column, string Text, string Raw, int Index, ScalarStyle Style) : ConfigurationNode(Line, Column)
{
    /// <summary>True when a variable in it has no value; the fault is noted, and no other should follow from it.</summary>
    public bool IsFaulty { get; init; }

    /// <summary>True when nothing was written. The word `null` is a value: an algorithm has that name.</summary>
    public bool IsNull => Style == ScalarStyle.Plain && Raw is "" or "~";
}

/// <summary>Keys with values, in the order of the file, without duplicates.</summary>
internal sealed record MappingNode(int Line, int Column, ImmutableArray<KeyValuePair<ScalarNode, ConfigurationNode>> Entries) : ConfigurationNode(Line, Column);

/// <summary>A list.</summary>
internal sealed record SequenceNode(int Line, int Column, ImmutableArray<ConfigurationNode> Items) : ConfigurationNode(Line, Column);
