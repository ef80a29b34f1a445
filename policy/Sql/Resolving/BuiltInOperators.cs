using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>The operators that come with the server.</summary>
internal static class BuiltInOperators
{
    private static readonly FrozenSet<string> Symbols = (
        "!! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <> <@ <^ = > >= >> " +
        ">>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~* !=")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for an operator of the server by its symbol, unqualified or in <c>pg_catalog</c>.</summary>
    public static bool Contains(string name)
    {
        const string Schema = "pg_catalog.";
        return Symbols.Contains(name.StartsWith(Schema, StringComparison.Ordinal) ? name[Schema.Length..] : name);
    }
}
