namespace JitProxy.Policy.Sql.Resolving;

/// <summary>What the catalogue and the lists of built-in functions say about a call, whichever overload it turns out to be.</summary>
/// <param name="ReturnsSet">True if it may return several rows.</param>
/// <param name="MayReadAnything">True if its result may depend on more than its arguments.</param>
internal readonly record struct FunctionTraits(bool ReturnsSet, bool MayReadAnything)
{
    /// <summary>The traits of a call.</summary>
    public static FunctionTraits Of(Catalogue catalogue, CalledFunction call)
    {
        if (call.IsSyntax)
            return default;
        var returnsSet = false;
        var names = ServerNames.Of(catalogue);
        var mayRead = names.IsProtectedFunction(call.Name);
        foreach (var function in names.Candidates(call))
        {
            returnsSet |= function.ReturnsSet;
            mayRead |= !function.IsTrusted && function.Volatility != Volatility.Immutable;
        }

        return new(returnsSet, mayRead);
    }

    /// <summary>The functions that a call may mean: those of its schema, or of every schema in which it is looked for.</summary>
    public static IEnumerable<CatalogueFunction> Candidates(Catalogue catalogue, CalledFunction call) => ServerNames.Of(catalogue).Candidates(call);

    /// <summary>True if an unqualified call of this name means some function.</summary>
    public static bool IsKnown(Catalogue catalogue, string name) => Candidates(catalogue, new(null, name, false)).Any();
}
