using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>
/// The output columns of a query as names: <c>ORDER BY alias + 1</c>. They are resolved when somebody asks, because they may stand behind the asker.
/// </summary>
internal sealed class TargetNames
{
    private readonly ServerNames _names;
    private readonly List<(string? Name, Func<Lineage> Resolve)> _targets;
    private readonly Lineage?[] _known;
    private readonly bool[] _isOpen;

    /// <summary>The names of a target list.</summary>
    public TargetNames(Resolver resolver, ImmutableArray<Target> targets, Scope scope)
        : this(resolver.Names, [.. targets.Select(target => (resolver.Names.Label(target), (Func<Lineage>)(() => Resolve(resolver, target, scope))))])
    {
    }

    /// <summary>The names of a result.</summary>
    public TargetNames(ServerNames names, QueryShape shape)
        : this(names, [.. shape.Columns.Select(static column => (column.Name, (Func<Lineage>)(() => column.Lineage)))])
    {
    }

    private TargetNames(ServerNames names, List<(string? Name, Func<Lineage> Resolve)> targets)
    {
        (_names, _targets) = (names, targets);
        _known = new Lineage?[targets.Count];
        _isOpen = new bool[targets.Count];
    }

    /// <summary>What the output columns of this name come from; null if there are none.</summary>
    public Lineage? Find(string name)
    {
        Lineage? found = null;
        for (var i = 0; i < _targets.Count; i++)
        {
            if (_names.Columns.Equals(_targets[i].Name, name))
                found = Shape.Or(found, Find(i));
        }

        return found;
    }

    private Lineage Find(int index)
    {
        if (_known[index] is { } known)
            return known;

        // A column that is made of itself: the server refuses it.
        if (_isOpen[index])
            return Lineage.Unknown;
        _isOpen[index] = true;
        var lineage = _targets[index].Resolve();
        _isOpen[index] = false;
        return (_known[index] = lineage)!;
    }

    private static Lineage Resolve(Resolver resolver, Target target, Scope scope)
    {
        if (target.Value is ColumnReference { IsStar: true })
            return Lineage.None;
        var seesTargets = scope.SeesTargets;
        scope.SeesTargets = false;
        var lineage = resolver.Expressions.Resolve(target.Value, scope);
        scope.SeesTargets = seesTargets;
        return lineage;
    }
}
