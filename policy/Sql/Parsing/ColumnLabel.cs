using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>How good a label is; a stronger one inside wins over a weaker one outside.</summary>
internal enum LabelStrength : byte { None, Weak, Name }

/// <summary>The name that the server gives a column without AS (its FigureColname).</summary>
internal static class ColumnLabel
{
    /// <summary>The label of an output column; <c>?column?</c> if nothing names it; null if only the catalogue could tell.</summary>
    public static string? Of(Expression value) => Of(value, out var strength) ?? (strength == LabelStrength.None ? "?column?" : null);

    /// <summary>The label and its strength; null for none, and with a strength for one that only the catalogue could tell.</summary>
    public static string? Of(Expression value, out LabelStrength strength)
    {
        strength = LabelStrength.Name;
        switch (value)
        {
            case ColumnReference { IsStar: false } column:
                return column.Parts[^1];
            case Selection { Field: { } field }:
                return field;
            case Selection selection:
                return Of(selection.Operand, out strength);
            case Call call:
                return call.Label ?? call.Name.Name;
            case Cast cast:
                var inner = Of(cast.Operand, out strength);
                if (strength == LabelStrength.Name)
                    return inner;
                strength = LabelStrength.Weak;
                return cast.Type.ShortName;
            case Collation collation:
                return Of(collation.Operand, out strength);
            case Subquery { Use: SubqueryUse.Exists }:
                return "exists";
            case Subquery { Use: SubqueryUse.Array }:
                return "array";
            case Subquery { Use: SubqueryUse.Scalar } scalar:
                return OfFirst(scalar.Query, out strength);
            case Literal { Kind: LiteralKind.Boolean }:
                strength = LabelStrength.Weak; // nameless from PostgreSQL 15 on, "bool" before
                return null;
            case Form { Label: "case" }:
                strength = LabelStrength.Weak;
                return "case";
            case Form { Label: not "?column?" } form:
                return form.Label;
            default:
                strength = LabelStrength.None;
                return null;
        }
    }

    private static string? OfFirst(Query query, out LabelStrength strength)
    {
        strength = LabelStrength.Name;
        while (true)
        {
            switch (query.Body)
            {
                case NestedBody nested:
                    query = nested.Inner;
                    continue;
                case SetBody set:
                    query = set.First;
                    continue;
                case SelectBody { Targets: [{ Value: ColumnReference { IsStar: true } }, ..] }:
                    return null;
                case SelectBody { Targets: [var first, ..] }:
                    return first.Label ?? Of(first.Value);
                case ValuesBody:
                    return "column1";
                default:
                    return null;
            }
        }
    }
}
