namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Whether what was found in a statement adds up to a read and nothing else.</summary>
internal static class ReadOnlyProof
{
    /// <summary>Why the statement is not a proven read, as a sentence; null if it is one.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="shape">What it returns.</param>
    /// <param name="catalogue">The names of the database.</param>
    /// <param name="admitted">True for functions, as schema and name, that the configuration admits although users made them.</param>
    public static string? Objection(Findings findings, QueryShape shape, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        if (findings.Objection is { } found)
            return found;
        var names = ServerNames.Of(catalogue);
        foreach (var relation in findings.Relations)
        {
            if (names.IsProtectedRelation(relation.Schema, relation.Name))
                return $"it reads {relation.Schema}.{relation.Name}, which shows data past the masks";
        }

        foreach (var column in shape.Whole.Sources.Concat(findings.Predicates))
        {
            if (names.IsProtectedColumn(column))
                return $"it uses {column.Relation}.{column.Column}, which shows secrets or statements of others";
        }

        foreach (var name in findings.Operators)
        {
            if (!names.IsTrustedOperator(name))
                return $"it uses the operator {name}, which is not one of the server's own";
        }

        foreach (var call in findings.Functions)
        {
            if (Objection(call, names, admitted) is { } objection)
                return objection;
        }

        return null;
    }

    /// <summary>True unless every function and operator is known to be the server's or an extension's own, and to work on its arguments alone.</summary>
    public static bool RunsForeignCode(Findings findings, Catalogue catalogue)
    {
        var names = ServerNames.Of(catalogue);
        return findings.Operators.Any(name => !names.IsTrustedOperator(name))
            || findings.Functions.Any(call => !call.IsSyntax && (names.IsProtectedFunction(call.Name) || !IsTrusted(call, names)));
    }

    /// <summary>Why a call is not a proven read; null if it is one.</summary>
    private static string? Objection(CalledFunction call, ServerNames names, Func<string, string, bool>? admitted)
    {
        if (call.IsSyntax)
            return null;
        if (names.IsProtectedFunction(call.Name))
            return $"it calls {call.Name}, which shows data past the masks or acts outside the statement";
        var isKnown = false;
        foreach (var function in names.Candidates(call))
        {
            isKnown = true;
            if (!function.IsTrusted)
            {
                if (function.Volatility == Volatility.Volatile || admitted?.Invoke(function.Schema, function.Name) != true)
                    return $"it calls {function.Schema}.{function.Name}, which is not one of the server's own functions";
            }
            else if (function.Volatility == Volatility.Volatile && !names.IsHarmlessVolatile(call.Name))
            {
                return $"it calls {call.Name}, which may do more than read";
            }
        }

        return isKnown || names.IsKnownFunction(call) ? null : $"it calls {Full(call)}, which is not known";
    }

    private static bool IsTrusted(CalledFunction call, ServerNames names)
    {
        var isKnown = false;
        foreach (var function in names.Candidates(call))
        {
            if (!function.IsTrusted)
                return false;
            isKnown = true;
        }

        return isKnown || names.IsKnownFunction(call);
    }

    /// <summary>The function as people write it.</summary>
    public static string Full(CalledFunction call) => call.Schema is null ? call.Name : $"{call.Schema}.{call.Name}";
}
