using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>One statement seen by one user: which algorithms hide its sources.</summary>
internal ref struct MaskScope
{
    private readonly StatementAnalysis _analysis;
    private readonly Catalogue _catalogue;
    private readonly ColumnMaskLookup _lookup;
    private readonly MaskExemption[] _exemptions;
    private readonly bool _unmask;
    private DateTimeOffset? _validUntil;

    public MaskScope(StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        _analysis = analysis;
        _catalogue = catalogue;
        _lookup = policy.LookupFor(catalogue, subject);
        _unmask = subject.Unmask;
        (var user, var now) = (subject.User, subject.Now);
        _exemptions = policy.Exemptions.IsEmpty ? [] : [.. policy.Exemptions.Where(e => e.Concerns(user, now))];

        ReadsBeyond = MayReadBeyond(analysis, catalogue);
        TouchesMasked = FindWhetherTouchesMasked();
        MayShowMasked = TouchesMasked && !_unmask && FindWhetherMayShowMasked();
    }

    /// <summary>True if the statement may read tables that it does not name.</summary>
    public bool ReadsBeyond { get; }

    /// <summary>True if any table that the statement may use has a masked column.</summary>
    public bool TouchesMasked { get; }

    /// <summary>True if any table that the statement may use has a column that is masked from this user.</summary>
    public bool MayShowMasked { get; }

    /// <summary>When the first exemption that was used ends.</summary>
    public readonly DateTimeOffset? ValidUntil => _validUntil;

    /// <summary>What hides a column of the result, going by the analysis; null if nothing does.</summary>
    public MaskAlgorithm? FindFor(OutputColumn column)
    {
        if (_unmask)
            return null;

        // A value made by a function that is not the server's own may come from anywhere, whatever it was given.
        var isUnknown = column.IsUnknown || (ReadsBeyond && (column.IsDerived || column.Sources.IsEmpty));
        if (isUnknown && MayShowMasked)
            return MaskAlgorithm.Full;

        MaskAlgorithm? strictest = null;
        foreach (var source in column.Sources)
            strictest = MaskAlgorithm.Stricter(strictest, FindFor(source));
        return strictest is not null && column.IsDerived ? MaskAlgorithm.Stricter(strictest, MaskAlgorithm.Full) : strictest;
    }

    /// <summary>What hides a column of a relation from the user; null if nothing does.</summary>
    public MaskAlgorithm? FindFor(SourceColumn source) => _unmask ? null : _lookup.Find(source, _exemptions, ref _validUntil);

    /// <summary>What hides any column of a relation from the user.</summary>
    public MaskAlgorithm? FindForAny(CatalogueRelation relation)
    {
        foreach (var column in relation.Columns)
        {
            if (FindFor(new SourceColumn(relation.Schema, relation.Name, column.Name)) is not null)
                return MaskAlgorithm.Full;
        }

        return null;
    }

    // Names that were not resolved, writes (triggers, foreign keys and constraints quote rows of any table), user functions.
    private static bool MayReadBeyond(StatementAnalysis analysis, Catalogue catalogue)
    {
        if (analysis.Unresolved is not null || analysis.Kind is StatementKind.Call or StatementKind.Ddl)
            return true;
        foreach (var relation in analysis.Relations)
        {
            if (relation.IsWritten)
                return true;
        }

        foreach (var function in analysis.Functions)
        {
            if (IsUserFunction(function, catalogue))
                return true;
        }

        return false;
    }

    private static bool IsUserFunction(string function, Catalogue catalogue)
    {
        var dot = function.LastIndexOf('.');
        var overloads = catalogue.FindFunctions(dot < 0 ? function : function[(dot + 1)..]);
        foreach (var overload in overloads)
        {
            if (!overload.IsBuiltIn && (dot < 0 || function.AsSpan(0, dot).SequenceEqual(overload.Schema)))
                return true;
        }

        return false;
    }

    private readonly bool FindWhetherTouchesMasked()
    {
        if (ReadsBeyond && _lookup.MasksAnything)
            return true;
        foreach (var relation in _analysis.Relations)
        {
            if (_lookup.MasksAnyOf(relation.Schema, relation.Name))
                return true;
        }

        return false;
    }

    private bool FindWhetherMayShowMasked()
    {
        // Without exemptions the two questions have one answer; beyond the statement's tables nobody's exemption reaches.
        if (_exemptions.Length == 0 || (ReadsBeyond && _lookup.MasksAnything))
            return true;
        foreach (var use in _analysis.Relations)
        {
            if (!_lookup.MasksAnyOf(use.Schema, use.Name))
                continue;
            if (_catalogue.FindRelation(use.Schema, use.Name) is not { } relation || FindForAny(relation) is not null)
                return true;
        }

        return false;
    }
}
