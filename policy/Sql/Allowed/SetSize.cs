using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>How many rows or elements a function may make, judged by its arguments: what the catalogue holds counts as one.</summary>
internal static class SetSize
{
    /// <summary>Nothing bounds it.</summary>
    public const double Unbounded = double.PositiveInfinity;

    // What a parameter may hold is the client's choice, and not known here.
    private const double OfParameter = 10_000;

    private const int SeriesMax = 10_000;

    // What may stand inside the arguments: it makes no more out of them than they are.
    private static readonly FrozenSet<string> Keeping = (
        "array_upper array_lower array_length cardinality array_remove array_append array_prepend array_cat trim_array string_to_array " +
        "current_schemas current_setting acldefault pg_get_object_address to_json to_jsonb json_build_object jsonb_build_object array_to_json")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Rows at most per row of the catalogue; <see cref="Unbounded"/> if nothing says how many.</summary>
    /// <param name="call">A call of a function that <see cref="Concerns"/>.</param>
    /// <param name="findings">What was found in the statement.</param>
    /// <param name="rowsOf">The rows of a subquery.</param>
    public static double Of(Call call, Findings findings, Func<Query, double> rowsOf)
    {
        if (findings.VagueSets.Contains(call))
            return Unbounded;
        return call.Name.Name switch
        {
            "generate_series" => Series(call.Arguments),

            "array_fill" => call.Arguments is [_, Form { Operands: [var count] }] && IsSmallCount(count) ? 1 : Unbounded,
            _ => Math.Max(1, call.Arguments.Sum(argument => Elements(argument, rowsOf))),
        };
    }

    /// <summary>True for a function that may make many values of few.</summary>
    public static bool Concerns(Call call, Catalogue catalogue) =>
        call.Name.Name == "array_fill" || FunctionTraits.Of(catalogue, new(call.Name.Schema, call.Name.Name, call.IsSyntax)).ReturnsSet;

    private static double Elements(Expression value, Func<Query, double> rowsOf)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return Unbounded;
        switch (value)
        {
            // At most one element for two characters.
            case Literal literal:
                return 1 + (literal.Text.Length / 2);
            case ParameterReference:
                return OfParameter;
            case ColumnReference:
                return 1;
            case Subquery subquery:
                return rowsOf(subquery.Query);
            case Call call when !Keeping.Contains(call.Name.Name):
                return Unbounded;
            default:
                return ExpressionParts.Of(value).Sum(part => Elements(part, rowsOf));
        }
    }

    // From a small number or an array's end to another, in whole steps: anything else could be of any length.
    private static double Series(ImmutableArray<Expression> arguments)
    {
        if (arguments.Length is not (2 or 3) || !TryBound(arguments[0], out var first) || !TryBound(arguments[1], out var last))
            return Unbounded;
        if (arguments.Length == 3 && (!TryBound(arguments[2], out var step) || step is not > 0))
            return Unbounded;
        return first is { } from && last is { } to ? Math.Max(1, to - from + 1) : SeriesMax;
    }

    // Null for an end that the catalogue tells.
    private static bool TryBound(Expression bound, out int? number)
    {
        number = null;
        switch (bound)
        {
            case Cast { Type.IsArray: false } cast:
                return TryBound(cast.Operand, out number);
            case Literal { Kind: LiteralKind.Number } literal:
                var isWhole = int.TryParse(literal.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
                number = value;
                return isWhole && value <= SeriesMax;
            case Call { Name.Name: "current_setting", Arguments: [Literal { Kind: LiteralKind.String, Text: "max_index_keys" }] }:
                return true;
            case Call { Name.Name: "array_upper" or "array_lower" or "array_length" or "cardinality", Arguments: [var array, ..] }:
                return IsOfCatalogue(array);
            default:
                return false;
        }
    }

    // The number of a function's parameters, or of a group's rows: drivers fill in missing names by it.
    private static bool IsSmallCount(Expression count) => count
        is ColumnReference { Parts: [.., "pronargs"] }
        or Call { Name.Name: "array_length", Arguments: [Call { Name.Name: "array_agg", Arguments: [ColumnReference] }, _] };

    // A literal may be an array of one element in place two billion.
    private static bool IsOfCatalogue(Expression array) => array switch
    {
        Cast cast => IsOfCatalogue(cast.Operand),
        Call { Name.Name: "current_schemas" } => true,
        _ => array is ColumnReference,
    };
}
