using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>The operators that come with the server or with an extension.</summary>
internal static class TrustedOperators
{
    private static readonly FrozenSet<string> Symbols = (
        "!! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <> <@ <^ = > >= >> " +
        ">>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~* !=")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// True if an operator, qualified or not, can only mean one of the server or of an extension. One that users made and that the search path
    /// finds may win over the server's own of the same symbol, because its operand types fit better.
    /// </summary>
    public static bool Contains(string name, Catalogue catalogue)
    {
        // The schema may hold points; the symbol cannot.
        var point = name.LastIndexOf('.');
        var schema = point < 0 ? null : name[..point];
        var symbol = name[(point + 1)..];
        if (schema == "pg_catalog")
            return Symbols.Contains(symbol);

        var isKnown = schema is null && Symbols.Contains(symbol);
        foreach (var candidate in catalogue.FindOperators(symbol))
        {
            if (schema is null ? !catalogue.SearchPath.Contains(candidate.Schema) : candidate.Schema != schema)
                continue;
            if (!candidate.IsTrusted)
                return false;
            isKnown = true;
        }

        return isKnown;
    }
}
