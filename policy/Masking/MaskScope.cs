using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>One statement seen by one user: which algorithms hide its sources.</summary>
internal ref struct MaskScope
{
    private readonly StatementAnalysis _analysis;
    private readonly Catalogue _catalogue;
    private readonly ColumnMaskLookup _lookup;
    private readonly bool _readsBeyond;
    private readonly MaskExemption[] _exemptions;
    private readonly bool _seesAll;
    private readonly bool _deniesPredicates;
    private DateTimeOffset? _validUntil;

    public MaskScope(StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        _analysis = analysis;
        _catalogue = catalogue;
        _lookup = policy.LookupFor(catalogue, subject);
        (var user, var now) = (subject.User, subject.Now);
        _exemptions = policy.Exemptions.IsEmpty ? [] : [.. policy.Exemptions.Where(e => e.Concerns(user, now))];
        _deniesPredicates = policy.DeniesPredicates;
        _seesAll = subject.Unmask;
        if (!_seesAll && Array.Find(_exemptions, static e => e.Condition is null) is { } unconditional)
            (_seesAll, _validUntil) = (true, unconditional.Until);

        _readsBeyond = MayReadBeyond(analysis) && _lookup.MasksAnything;
        var quotesBeyond = _readsBeyond || (MayQuoteBeyond(analysis) && _lookup.MasksAnything);
        TouchesMasked = quotesBeyond || FindWhetherTouchesMasked();
        MayShowMasked = TouchesMasked && !_seesAll && (_readsBeyond || FindWhetherMayShowMasked());
        RedactsMessages = MayShowMasked || (quotesBeyond && !_seesAll);
    }

    /// <summary>True if any table that the statement may use has a masked column.</summary>
    public bool TouchesMasked { get; }

    /// <summary>True if any table that the statement may read has a column that is masked from this user.</summary>
    public bool MayShowMasked { get; }

    /// <summary>True if the server's messages may quote a value that is masked from this user.</summary>
    public bool RedactsMessages { get; }

    /// <summary>When the first exemption that was used ends.</summary>
    public readonly DateTimeOffset? ValidUntil => _validUntil;

    /// <summary>What hides a column of the result, going by the analysis; null if nothing does.</summary>
    public MaskAlgorithm? FindFor(OutputColumn column)
    {
        if (_seesAll)
            return null;

        // A value made by code that is not the server's own may come from anywhere, whatever it was given.
        var isUnknown = column.IsUnknown || (_readsBeyond && (column.IsDerived || column.Sources.IsEmpty));
        if (isUnknown && MayShowMasked)
            return MaskAlgorithm.Full;

        MaskAlgorithm? strictest = null;
        foreach (var source in column.Sources)
            strictest = MaskAlgorithm.Stricter(strictest, FindFor(source));
        return strictest is not null && column.IsDerived ? MaskAlgorithm.Stricter(strictest, MaskAlgorithm.Full) : strictest;
    }

    /// <summary>What hides a column of a relation from the user; null if nothing does.</summary>
    public MaskAlgorithm? FindFor(SourceColumn source) => _seesAll ? null : _lookup.Find(source, _exemptions, ref _validUntil);

    /// <summary>Whether the statement may choose and order rows as it does; null if it may.</summary>
    public PredicateDenial? FindPredicateDenial()
    {
        if (_seesAll)
            return null;
        foreach (var column in _analysis.PredicateColumns)
        {
            if (FindPredicateRule(column) is { } rule)
                return new(column, rule);
        }

        return _readsBeyond && _deniesPredicates ? new(null, _analysis.Unresolved ?? "it runs code that is not the server's own") : null;
    }

    /// <summary>What denies this user the column where rows are chosen; null if nothing does.</summary>
    public string? FindPredicateRule(SourceColumn source) =>
        _seesAll || !_deniesPredicates ? null : _lookup.FindPredicateRule(source, _exemptions, ref _validUntil);

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

    // The values may come from tables that the analysis does not name.
    private static bool MayReadBeyond(StatementAnalysis analysis)
    {
        if (analysis.Unresolved is not null || analysis.RunsForeignCode)
            return true;
        if (analysis.Columns.IsDefault)
            return analysis.EveryColumn is not { IsUnknown: false };
        foreach (var column in analysis.Columns)
        {
            if (column.IsUnknown)
                return true;
        }

        return false;
    }

    // Triggers, foreign keys and constraints quote rows of any table.
    private static bool MayQuoteBeyond(StatementAnalysis analysis)
    {
        if (analysis.Kind is StatementKind.Call or StatementKind.Ddl)
            return true;
        foreach (var relation in analysis.Relations)
        {
            if (relation.IsWritten)
                return true;
        }

        return false;
    }

    private readonly bool FindWhetherTouchesMasked()
    {
        foreach (var relation in _analysis.Relations)
        {
            if (_lookup.MasksAnyOf(relation.Schema, relation.Name))
                return true;
        }

        return false;
    }

    private bool FindWhetherMayShowMasked()
    {
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
