using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>Collects everything that is wrong with one file.</summary>
internal sealed class FaultList(string file)
{
    private readonly List<ConfigurationFault> _faults = [];

    /// <summary>How many there are.</summary>
    public int Count => _faults.Count;

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<ConfigurationFault> Sorted => [.. _faults.Distinct().OrderBy(static f => f.Line).ThenBy(static f => f.Column)];

    /// <summary>Notes a fault at a node.</summary>
    public void Add(ConfigurationNode node, string message) => Add(node.Line, node.Column, message);

    /// <summary>Notes a fault at a place.</summary>
    public void Add(long line, long column, string message) => _faults.Add(new(file, checked((int)line), checked((int)column), message));
}
