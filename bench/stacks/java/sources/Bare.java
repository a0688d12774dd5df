/** What starting the virtual machine alone takes. */
public class Bare {
    public static void main(String[] none) {}
}
